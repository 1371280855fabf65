import type { EventCatalogue, RecordedEvent } from '@millrace/core';
import type { Database } from '@millrace/postgres';

import { recordedEvent, STORED_EVENT_COLUMNS, type StoredEventRow } from './stored-event.ts';

/** Which streams: all aggregates of some types in a tenant, or those named. */
export type StreamSelection = {
  readonly tenantId: string;
  readonly aggregateTypes: readonly string[];
  readonly aggregateIds?: readonly string[] | undefined;
};

/**
 * All events of the selected streams, each stream in order. Everything is held in memory: for checks and tools.
 * @throws MillraceError `UNKNOWN_EVENT_TYPE`, `STORE_UNAVAILABLE`
 */
export async function readStreams(
  database: Database,
  catalogue: EventCatalogue,
  { tenantId, aggregateTypes, aggregateIds }: StreamSelection,
): Promise<RecordedEvent[]> {
  const { rows } = await database.query<StoredEventRow>(
    `select ${STORED_EVENT_COLUMNS} from event_store.events
      where tenant_id = $1 and aggregate_type = any($2) and ($3::text[] is null or aggregate_id = any($3))
      order by aggregate_type, aggregate_id, sequence_number`,
    [tenantId, aggregateTypes, aggregateIds ?? null],
  );
  return rows.map((row) => recordedEvent(row, catalogue));
}
