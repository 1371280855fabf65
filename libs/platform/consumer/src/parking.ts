/** Parked events: what a group could not handle, and what came after it of the same aggregate, in order. */
import { MillraceError, type RecordedEvent } from '@millrace/core';
import type { Transaction } from '@millrace/postgres';

import { storable } from './envelope.ts';
import type { GroupPartition } from './position.ts';
import type { Reading } from './record-reader.ts';

/** An event to park, and why. */
export type ParkedEvent = { readonly reading: Reading; readonly error: unknown };

/** Why an event is parked that is fine itself. */
export function behindParked(): MillraceError {
  return new MillraceError('EVENT_GAP', 'an earlier event of the aggregate is parked');
}

/** Why an event is parked whose predecessors neither the topic nor the store brought. */
export function eventGap({ sequenceNumber }: RecordedEvent, after: number): MillraceError {
  const message = `event ${sequenceNumber} came after ${after}, and the store cannot give what is between`;
  return new MillraceError('EVENT_GAP', message, { facts: { sequenceNumber, after } });
}

/** Code of a parked event's error: ours, the SQLSTATE of Postgres, or the name of the exception. */
export function errorCode(error: unknown): string {
  if (error instanceof MillraceError) return error.code;
  if (!(error instanceof Error)) return 'UNKNOWN';
  return (error as { code?: string }).code ?? error.name;
}

/** Stores the records as they were received, in one statement; none, if there are none. */
export async function writeParked(
  transaction: Transaction,
  at: GroupPartition,
  events: readonly ParkedEvent[],
): Promise<void> {
  if (events.length === 0) return;
  await transaction.query(
    `insert into consumer.parked_events (consumer_group, topic, partition, record_offset, tenant_id, aggregate_type,
       aggregate_id, sequence_number, event_id, event_type, headers, payload, error_code, error_detail)
     select $1, $2, $3, record_offset, tenant_id, aggregate_type, aggregate_id, sequence_number, event_id, event_type,
       headers, decode(payload, 'base64'), error_code, error_detail
     from jsonb_to_recordset($4) as x (record_offset bigint, tenant_id text, aggregate_type text, aggregate_id text,
       sequence_number bigint, event_id text, event_type text, headers jsonb, payload text, error_code text,
       error_detail text)
     on conflict (consumer_group, topic, partition, record_offset) do nothing`,
    [at.group, at.topic, at.partition, JSON.stringify(events.map(columnsOf))],
  );
}

function columnsOf({ reading: { record, envelope }, error }: ParkedEvent) {
  return {
    record_offset: record.offset,
    tenant_id: envelope.tenantId,
    aggregate_type: envelope.aggregateType,
    aggregate_id: envelope.aggregateId,
    sequence_number: envelope.sequenceNumber,
    event_id: envelope.eventId,
    event_type: envelope.type,
    headers: Object.fromEntries(
      Object.entries(record.headers).map(([name, value]) => [storable(name), storable(value)]),
    ),
    payload: record.value?.toString('base64') ?? null,
    error_code: errorCode(error),
    error_detail: storable(error instanceof Error ? error.message : String(error)),
  };
}
