/** Parked events: what a group could not handle, and what came after it of the same aggregate, in order. */
import { MillraceError, type RecordedEvent } from '@millrace/core';
import type { Transaction } from '@millrace/postgres';

import { DEAD_LETTER_COLUMNS, deadLetterColumns } from './dead-letters/dead-letter-columns.ts';
import { deadLetterTopicOf } from './dead-letters/dead-letter-topic.ts';
import { cutToBytes, storable } from './envelope.ts';
import { isRefusedData } from './fault.ts';
import type { GroupPartition } from './position.ts';
import type { Reading } from './record-reader.ts';

/** `event`: it cannot be applied, and another try may help; `order`: it waits for an earlier one of its aggregate. */
export type ParkingCause = 'event' | 'order';

/** An event to park, and why. */
export type ParkedEvent = {
  readonly reading: Reading;
  readonly error: unknown;
  readonly failure: ParkingCause;
  /** How often it was tried. */
  readonly attempts: number;
};

/** Ends the transaction of a batch in which events failed that are to be tried again before they are parked. */
export class EventsFailed extends Error {
  readonly events: readonly ParkedEvent[];

  constructor(events: readonly ParkedEvent[]) {
    super(`${events.length} event(s) failed`, { cause: events[0]?.error });
    this.events = events;
  }
}

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

const LONGEST_DETAIL_BYTES = 2_000;

/** Code and text of an error, as they are stored. */
export function errorColumns(error: unknown): { readonly error_code: string; readonly error_detail: string } {
  const detail = storable(error instanceof Error ? error.message : String(error));
  return {
    error_code: cutToBytes(storable(errorCode(error)), LONGEST_DETAIL_BYTES) || 'UNKNOWN',
    error_detail: cutToBytes(detail, LONGEST_DETAIL_BYTES),
  };
}

/**
 * Stores the records as they were received, and announces each on the group's dead-letter topic, in one statement; none,
 * if there are none. A record that is parked already, because positions were set back, is not announced again.
 * @throws MillraceError `PARKING_FAILED` where Postgres refuses it: then the batch must not commit
 */
export async function writeParked(
  transaction: Transaction,
  at: GroupPartition,
  { events, announced = true }: { readonly events: readonly ParkedEvent[]; readonly announced?: boolean },
): Promise<void> {
  if (events.length === 0) return;
  const rows = events.map((event) => ({ ...parkedColumns(event), ...deadLetterColumns(event) }));
  try {
    await transaction.query(PARK, [
      at.group,
      at.topic,
      at.partition,
      JSON.stringify(rows),
      announced ? deadLetterTopicOf(at.group) : null,
    ]);
  } catch (cause) {
    if (!isRefusedData(cause)) throw cause;
    const message = `${at.group} cannot park ${events.length} event(s) of ${at.topic}/${at.partition}: ${(cause as Error).message}`;
    throw new MillraceError('PARKING_FAILED', message, { cause, facts: { ...at } });
  }
}

const PARKED_COLUMNS = `record_offset, record_key, record_time_ms, tenant_id, aggregate_type, aggregate_id, sequence_number,
  event_id, event_type, headers, error_code, error_detail, attempts`;

const PARK = `
  with given as materialized (
    select record_offset, record_key, record_time_ms, tenant_id, aggregate_type, aggregate_id, sequence_number, event_id,
      event_type, headers, error_code, error_detail, attempts, decode(value, 'base64') as bytes, dead
    from jsonb_to_recordset($4) as x (record_offset bigint, record_key text, record_time_ms bigint, tenant_id text,
      aggregate_type text, aggregate_id text, sequence_number bigint, event_id text, event_type text, headers jsonb,
      value text, error_code text, error_detail text, attempts integer, dead jsonb)
  ), parked as (
    insert into consumer.parked_events (consumer_group, topic, partition, payload, ${PARKED_COLUMNS})
    select $1, $2, $3::integer, bytes, ${PARKED_COLUMNS} from given
    on conflict (consumer_group, topic, partition, record_offset) do nothing
    returning record_offset, parked_at
  )
  insert into outbox.dead_letters (topic, payload, dlq_group, dlq_topic, dlq_partition, dlq_offset, dlq_error_code,
    dlq_error_detail, dlq_attempts, dlq_parked_at, ${DEAD_LETTER_COLUMNS.join(', ')})
  select $5, case when given.dead ->> 'dlq_omitted' like '%value%' then null else bytes end, $1, $2, $3::integer::text,
    record_offset::text, error_code, error_detail, attempts::text,
    to_char(parked_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    ${DEAD_LETTER_COLUMNS.map((name) => `given.dead ->> '${name}'`).join(', ')}
  from given join parked using (record_offset) where $5::text is not null order by record_offset`;

function parkedColumns({ reading: { record, envelope }, error, attempts }: ParkedEvent) {
  return {
    record_offset: record.offset,
    record_key: record.key === null ? null : storable(record.key),
    record_time_ms: record.timestampMs,
    tenant_id: envelope.tenantId,
    aggregate_type: envelope.aggregateType,
    aggregate_id: envelope.aggregateId,
    sequence_number: envelope.sequenceNumber,
    event_id: envelope.eventId,
    event_type: envelope.type,
    headers: storableHeaders(record.headers),
    value: record.value?.toString('base64') ?? null,
    attempts,
    ...errorColumns(error),
  };
}

/** Headers as Postgres can hold them. */
function storableHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [storable(name), storable(value)]));
}
