export { Backoff, backoffMs } from './backoff.ts';
export { applyBatch, type BatchParts, type BatchResult, type ReadBatch } from './batch-transaction.ts';
export { ConsumerMetrics } from './consumer-metrics.ts';
export {
  type Group,
  type GroupContext,
  type GroupWork,
  runGroup,
  runProjection,
  runPublisher,
} from './consumer-service.ts';
export { ConsumerSupervisor, type SupervisorParts } from './consumer-supervisor.ts';
export { type DeadLetterId, formatDeadLetterId, parseDeadLetterId } from './dead-letters/dead-letter-id.ts';
export type { DeadLetterSelection } from './dead-letters/dead-letter-selection.ts';
export { discardDeadLetters } from './dead-letters/discard-dead-letters.ts';
export { type Edit, editDeadLetter, type EditParts } from './dead-letters/edit-dead-letter.ts';
export {
  type DeadLetter,
  type DeadLetterAction,
  type DeadLetterDetails,
  listDeadLetters,
  readActions,
  readDeadLetter,
} from './dead-letters/list-dead-letters.ts';
export {
  type ChosenSequence,
  type RequestOptions,
  requestRetry,
  type RetryProgress,
  retryProgress,
  type RetryRequest,
} from './dead-letters/request-retry.ts';
export type { BatchEffect, Effect } from './effect.ts';
export { aggregateKey, type Envelope, partialEnvelope } from './envelope.ts';
export { remedyFor } from './fault.ts';
export { areEqual, type NamedDifference, type RowDifference, type SidesComparison } from './fleet/compare-sides.ts';
export type { FleetParts, Log } from './fleet/fleet-parts.ts';
export { type GroupStatus, loadGroupStatus } from './fleet/group-status.ts';
export {
  type BesideReport,
  cancelRebuild,
  compareBeside,
  rebuildBeside,
  type RebuildOptions,
  type RebuildProgress,
  switchBeside,
} from './fleet/rebuild-beside.ts';
export { loadRebuilds, type RebuildRecord } from './fleet/rebuild-record.ts';
export { readPage, type StorePage, type StorePlace } from './fleet/store-pages.ts';
export { consumedEvent } from './gap-repair.ts';
export { GroupHandler, type GroupHandlerParts } from './group-handler.ts';
export { setPaused } from './group-pause.ts';
export { exposeLag, LagMeter, type LagSources, type PartitionLagSample } from './lag-meter.ts';
export type { ParkedEvent } from './parking.ts';
export {
  type GroupPartition,
  lastRecord,
  loadMovedPosition,
  loadPositions,
  lockPosition,
  markOf,
  movePosition,
  seekBack,
  seekToBeginning,
  type StoredPosition,
} from './position.ts';
export { projectionEffect } from './projection-effect.ts';
export type { PublicMapping } from './public-mapping.ts';
export { publicationEffect, publicEvent } from './publication-effect.ts';
export { type RebuildParts, rebuildProjection, type RebuildReport, type RebuildScope } from './rebuild.ts';
export { type Reading, type RecordDecoder, RecordReader } from './record-reader.ts';
export { subscribe, type Subscription, type SubscriptionOptions } from './subscription.ts';
