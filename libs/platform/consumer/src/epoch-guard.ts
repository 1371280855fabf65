/**
 * A restore ends a timeline: events that were published after the point restored to are on the topics, but not in the
 * store any more, or another event has their version. Each record carries the epoch of its timeline in `ce_epoch`; one
 * that is older than the store's counts only if the store has that very event.
 */
import type { Transaction } from '@millrace/postgres';

import type { Reading } from './record-reader.ts';
import { askStore } from './store-access.ts';

// What outsiders are told need not lie in the store.
const PUBLIC_TOPIC = /\.public\.v\d+$/;

/** Readings of a timeline that has ended. One query, and none while all records are of the present epoch. */
export async function endedReadings(
  transaction: Transaction,
  { topic, readings, epoch }: { readonly topic: string; readonly readings: readonly Reading[]; readonly epoch: number },
): Promise<ReadonlySet<Reading>> {
  const older = PUBLIC_TOPIC.test(topic) ? [] : readings.filter((reading) => isOlder(reading, epoch));
  if (older.length === 0) return new Set();
  const unknown = await askStore<{ position: number }>(
    transaction,
    `select w.position
     from jsonb_to_recordset($1) as w
       (position integer, tenant_id text, aggregate_type text, aggregate_id text, sequence_number bigint, event_id text)
     where not exists (
       select from event_store.events e
       where e.tenant_id = w.tenant_id and e.aggregate_type = w.aggregate_type and e.aggregate_id = w.aggregate_id
         and e.sequence_number = w.sequence_number and e.event_id::text = lower(w.event_id))`,
    [JSON.stringify(older.map(columnsOf))],
  );
  return new Set((unknown ?? []).flatMap(({ position }) => older[position] ?? []));
}

function isOlder({ record: { headers } }: Reading, epoch: number): boolean {
  const { ce_epoch: text = '' } = headers;
  return /^[1-9]\d*$/.test(text) && Number(text) < epoch;
}

function columnsOf({ envelope }: Reading, position: number) {
  return {
    position,
    tenant_id: envelope.tenantId,
    aggregate_type: envelope.aggregateType,
    aggregate_id: envelope.aggregateId,
    sequence_number: envelope.sequenceNumber,
    event_id: envelope.eventId,
  };
}
