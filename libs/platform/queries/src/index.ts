export { findRow, type KeyedProjection, probeRow, type RowKey, type Versioned } from './aggregate-rows.ts';
export { type CommandStatus, findCommandStatus } from './command-status.ts';
export { type ListPosition, NEWEST } from './list-position.ts';
export { countRows, type ListSelection, type NewestPage, newestRows } from './newest-rows.ts';
export { type PastRow, rowAtTime, rowAtVersion } from './past-row.ts';
export { parkedEvent, type Progress, projectionProgress, type QueriedProjection } from './projection-progress.ts';
export type { Queryable } from './queryable.ts';
export { type StatusFilter, statusList } from './status-list.ts';
export { type HistoryPage, type Stream, streamHistory } from './stream-history.ts';
