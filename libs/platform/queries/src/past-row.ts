import { foldEvent, type Projection, type RecordedEvent, type Row } from '@millrace/core';

import type { Versioned } from './aggregate-rows.ts';
import type { Queryable } from './queryable.ts';
import { eventsUpToTime, eventsUpToVersion, type Stream } from './stream-history.ts';

/** A read model's row of one aggregate, made of the events of that aggregate alone. */
export type PastRow = { readonly projection: Projection; readonly stream: Stream };

/**
 * The row as it was at a version: the first `version` events folded by the projection that keeps the read model, so where
 * a row is one aggregate, the newest version is equal to the read model's row. Undefined when there is no such aggregate.
 * @throws MillraceError `VERSION_NOT_REACHED` (facts `version`, `head`) when the aggregate has fewer events
 */
export async function rowAtVersion(
  database: Queryable,
  { projection, stream }: PastRow,
  version: number,
): Promise<Versioned<Row> | undefined> {
  return fold(projection, await eventsUpToVersion(database, stream, version));
}

/**
 * The row as it was at an instant (RFC 3339): of all events before the first that occurred later. Undefined when the
 * aggregate did not exist yet.
 */
export async function rowAtTime(
  database: Queryable,
  { projection, stream }: PastRow,
  at: string,
): Promise<Versioned<Row> | undefined> {
  return fold(projection, await eventsUpToTime(database, stream, at));
}

function fold(projection: Projection, events: readonly RecordedEvent[]): Versioned<Row> | undefined {
  let row: Row | undefined;
  for (const event of events) row = foldEvent(projection, row, event);
  const version = events.at(-1)?.sequenceNumber;
  return row && version !== undefined ? { ...row, version } : undefined;
}
