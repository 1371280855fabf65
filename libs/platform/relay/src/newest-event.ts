import type { Database } from '@millrace/postgres';

import type { EventRef } from './republish.ts';

/** Where the newest event of the store is. */
export type NewestEvent = EventRef & { readonly eventId: string };

/** @returns nothing for an empty store */
export async function newestEvent(database: Database): Promise<NewestEvent | undefined> {
  const { rows } = await database.query<NewestEvent>(
    `select tenant_id as "tenantId", aggregate_type as "aggregateType", aggregate_id as "aggregateId",
            sequence_number as "sequenceNumber", event_id::text as "eventId"
       from event_store.events order by transaction_id desc, global_position desc limit 1`,
  );
  return rows[0];
}

/**
 * Whether the database has never had the event: neither itself nor its outbox row is there. Events are never deleted; where
 * somebody has done it past the guard of the table, the outbox still tells.
 */
export async function isUnknown(database: Database, event: NewestEvent): Promise<boolean> {
  const { rowCount: stored } = await database.query(
    `select from event_store.events where tenant_id = $1 and aggregate_type = $2 and aggregate_id = $3
        and sequence_number = $4 and event_id = $5`,
    [event.tenantId, event.aggregateType, event.aggregateId, event.sequenceNumber, event.eventId],
  );
  if ((stored ?? 0) > 0) return false;
  const { rowCount: announced } = await database.query('select from outbox.outbox_messages where id = $1 limit 1', [
    event.eventId,
  ]);
  return (announced ?? 0) === 0;
}
