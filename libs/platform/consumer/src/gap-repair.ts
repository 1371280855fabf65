import { type EventCatalogue, isMillraceError, MillraceError, type RecordedEvent } from '@millrace/core';
import type { Transaction } from '@millrace/postgres';
import { recordedEvent, STORED_EVENT_COLUMNS, type StoredEventRow } from '@millrace/stored-events';

import { askStore } from './store-access.ts';

/**
 * The events of the aggregate between version `after` and `event`, from the event store: they are committed, because a
 * later one is. The only use that a live consumer makes of the store; without the right to read it, nothing is found.
 * Types that the catalogue does not know come without data.
 * @returns undefined when the store cannot give every missing event
 * @throws MillraceError `UNKNOWN_EVENT_TYPE` for a version newer than this process knows, `EVENT_GAP` where an upcaster
 * fails; errors of an unavailable store
 */
export async function missingEvents(
  transaction: Transaction,
  catalogue: EventCatalogue,
  { event, after }: { readonly event: RecordedEvent; readonly after: number },
): Promise<RecordedEvent[] | undefined> {
  const rows = await readStored(transaction, event, after);
  if (rows.length !== event.sequenceNumber - after - 1) return undefined;
  try {
    return rows.map((row) => consumedEvent(row, catalogue));
  } catch (cause) {
    if (isMillraceError(cause)) throw cause;
    throw new MillraceError('EVENT_GAP', 'a stored event before it cannot be brought to its current version', {
      cause,
    });
  }
}

/**
 * A stored event as a consumer takes it: one of an unknown type has no data, as it has none on the topic.
 * @throws MillraceError `UNKNOWN_EVENT_TYPE` for a version newer than this process knows
 */
export function consumedEvent(row: StoredEventRow, catalogue: EventCatalogue): RecordedEvent {
  return recordedEvent(row, {
    canonicalType: (name) => catalogue.canonicalType(name),
    upcast: (type, version, data) => (catalogue.has(type) ? catalogue.upcast(type, version, data) : undefined),
  });
}

async function readStored(transaction: Transaction, event: RecordedEvent, after: number): Promise<StoredEventRow[]> {
  const rows = await askStore<StoredEventRow>(
    transaction,
    `select ${STORED_EVENT_COLUMNS}
     from event_store.events
     where tenant_id = $1 and aggregate_type = $2 and aggregate_id = $3 and sequence_number > $4 and sequence_number < $5
     order by sequence_number`,
    [event.tenantId, event.aggregateType, event.aggregateId, after, event.sequenceNumber],
  );
  return rows ?? [];
}
