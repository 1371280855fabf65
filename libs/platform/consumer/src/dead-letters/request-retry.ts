import { randomUUID } from 'node:crypto';

import type { StreamId } from '@millrace/core';
import type { Database, Transaction } from '@millrace/postgres';

import {
  type DeadLetterSelection,
  EVENT_ORDER,
  SAME_SEQUENCE,
  selected,
  selectionParameters,
} from './dead-letter-selection.ts';

/** Parked events of one aggregate that something was asked for, or would be. */
export type ChosenSequence = StreamId & {
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  readonly offsets: readonly number[];
};

/** Who asks for what; `dryRun` only looks. */
export type RequestOptions = { readonly by: string; readonly dryRun?: boolean };

/** A request and the sequences that it is about, none where nothing is parked that was meant. */
export type RetryRequest = { readonly requestId: string; readonly sequences: readonly ChosenSequence[] };

/**
 * Asks for a retry of whole sequences with an event that is meant, or, where one event is named, of it and all that must
 * be applied before it. The group's process does it. To ask again, while or after it is done, changes nothing more.
 * Errors as `Database.query`.
 */
export async function requestRetry(
  database: Database,
  selection: DeadLetterSelection & { readonly wholeSequence?: boolean },
  { by, dryRun = false }: RequestOptions,
): Promise<RetryRequest> {
  const requestId = randomUUID();
  const upTo = selection.id && !selection.wholeSequence;
  return database.transaction(async (transaction) => {
    const { rows } = await transaction.query<EventRow>(
      `select ${EVENT_COLUMNS} from consumer.parked_events e
       where exists (select from consumer.parked_events s where ${selected('s')} and ${SAME_SEQUENCE}
         ${upTo ? 'and (e.sequence_number, e.record_offset) <= (s.sequence_number, s.record_offset)' : ''})
       order by ${EVENT_ORDER} ${dryRun ? '' : 'for update'}`,
      selectionParameters(selection),
    );
    const sequences = sequencesOf(rows);
    if (!dryRun) await mark(transaction, { requestId, sequences }, by);
    return { requestId, sequences };
  });
}

/** Where a request stands. `waiting`: sequences that nobody has tried yet. */
export type RetryProgress = {
  readonly waiting: number;
  readonly applied: number;
  readonly failed: readonly (ChosenSequence & { readonly errorCode: string; readonly errorDetail: string })[];
};

/**
 * Where a request stands. What was taken away meanwhile, by a rebuild for example, is answered here: nobody else would.
 * Errors as `Database.query`.
 */
export async function retryProgress(database: Database, requestId: string): Promise<RetryProgress> {
  await database.query(
    `update consumer.dead_letter_actions a set outcome = 'gone', finished_at = clock_timestamp()
     where request_id = $1 and action = 'retry' and outcome is null and not exists (
       select from consumer.parked_events e where e.consumer_group = a.consumer_group and e.topic = a.topic
         and e.partition = a.partition and e.record_offset = any(a.record_offsets) and e.retry_requested_at is not null)`,
    [requestId],
  );
  type Row = ChosenSequence & { outcome: string | null; applied: number; errorCode: string; errorDetail: string };
  const { rows } = await database.query<Row>(
    `select consumer_group as "group", topic, partition, tenant_id as "tenantId", aggregate_type as "aggregateType",
       aggregate_id as "aggregateId", to_jsonb(record_offsets) as offsets, outcome, applied, error_code as "errorCode",
       error_detail as "errorDetail"
     from consumer.dead_letter_actions where request_id = $1 order by action_id`,
    [requestId],
  );
  return {
    waiting: rows.filter(({ outcome }) => outcome === null).length,
    applied: rows.reduce((sum, { applied }) => sum + applied, 0),
    failed: rows.filter(({ outcome }) => outcome === 'failed'),
  };
}

/** A parked event as `sequencesOf` takes it, in the order `EVENT_ORDER`. */
export type EventRow = StreamId & { group: string; topic: string; partition: number; offset: number };

/** Columns of an `EventRow` of `e`. */
export const EVENT_COLUMNS = `e.consumer_group as "group", e.topic, e.partition, e.record_offset as "offset",
  e.tenant_id as "tenantId", e.aggregate_type as "aggregateType", e.aggregate_id as "aggregateId"`;

/** Parked events by their sequences. */
export function sequencesOf(rows: readonly EventRow[]): ChosenSequence[] {
  const sequences = new Map<string, ChosenSequence & { offsets: number[] }>();
  for (const { group, topic, partition, tenantId, aggregateType, aggregateId, offset } of rows) {
    const sequence = { group, topic, partition, tenantId, aggregateType, aggregateId };
    const key = JSON.stringify(sequence);
    const known = sequences.get(key) ?? { ...sequence, offsets: [] };
    known.offsets.push(offset);
    sequences.set(key, known);
  }
  return [...sequences.values()];
}

/** Keys of all events of some sequences, as parameters of `KEYS`. */
export function keyParameters(sequences: readonly ChosenSequence[]): unknown[] {
  const keys = sequences.flatMap(({ offsets, ...at }) => offsets.map((offset) => ({ ...at, offset })));
  return [
    keys.map(({ group }) => group),
    keys.map(({ topic }) => topic),
    keys.map(({ partition }) => partition),
    keys.map(({ offset }) => offset),
  ];
}

/** SQL: rows `(consumer_group, topic, partition, record_offset)` of the parameters `$1` to `$4`. */
export const KEYS = `unnest($1::text[], $2::text[], $3::integer[], $4::bigint[])
  as k (consumer_group, topic, partition, record_offset)`;

async function mark(transaction: Transaction, { requestId, sequences }: RetryRequest, by: string): Promise<void> {
  await transaction.query(
    `update consumer.parked_events e set retry_requested_at = coalesce(retry_requested_at, clock_timestamp())
     from ${KEYS}
     where e.consumer_group = k.consumer_group and e.topic = k.topic and e.partition = k.partition
       and e.record_offset = k.record_offset`,
    keyParameters(sequences),
  );
  await transaction.query(
    `insert into consumer.dead_letter_actions (request_id, action, requested_by, consumer_group, topic, partition, tenant_id,
       aggregate_type, aggregate_id, record_offsets)
     select $2, 'retry', $3, "group", topic, partition, "tenantId", "aggregateType", "aggregateId",
       array(select jsonb_array_elements_text(offsets)::bigint)
     from jsonb_to_recordset($1) as x ("group" text, topic text, partition integer, "tenantId" text,
       "aggregateType" text, "aggregateId" text, offsets jsonb)`,
    [JSON.stringify(sequences), requestId, by],
  );
}
