import { type EventCatalogue, isMillraceError, type RecordedEvent } from '@millrace/core';
import type { Transaction } from '@millrace/postgres';
import { recordedEvent, STORED_EVENT_COLUMNS, type StoredEventRow } from '@millrace/stored-events';

/**
 * The events of the aggregate between version `after` and `event`, from the event store: they are committed, because a
 * later one is. The only use that a live consumer makes of the store; without the right to read it, nothing is found.
 * Types that the catalogue does not know come without data.
 * @returns undefined when the store cannot give every missing event
 * @throws MillraceError `UNKNOWN_EVENT_TYPE` for a version newer than this process knows; errors of an unavailable store
 */
export async function missingEvents(
  transaction: Transaction,
  catalogue: EventCatalogue,
  { event, after }: { readonly event: RecordedEvent; readonly after: number },
): Promise<RecordedEvent[] | undefined> {
  const rows = await readStored(transaction, event, after);
  if (rows.length !== event.sequenceNumber - after - 1) return undefined;
  return rows.map((row) => consumedEvent(row, catalogue));
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
  // A refused statement would end the transaction; the savepoint keeps what the batch has done so far.
  await transaction.query('savepoint gap_repair');
  try {
    const { rows } = await transaction.query<StoredEventRow>(
      `select ${STORED_EVENT_COLUMNS}
       from event_store.events
       where tenant_id = $1 and aggregate_type = $2 and aggregate_id = $3 and sequence_number > $4 and sequence_number < $5
       order by sequence_number`,
      [event.tenantId, event.aggregateType, event.aggregateId, after, event.sequenceNumber],
    );
    return rows;
  } catch (error) {
    if (!isRefusal(error)) throw error;
    await transaction.query('rollback to savepoint gap_repair');
    return [];
  }
}

/** Insufficient privilege, or no such schema or table: this group has no store to repair from. */
function isRefusal(error: unknown): boolean {
  return !isMillraceError(error) && ['42501', '3F000', '42P01'].includes((error as { code?: string }).code ?? '');
}
