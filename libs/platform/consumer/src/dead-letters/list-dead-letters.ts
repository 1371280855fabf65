import type { StreamId } from '@millrace/core';
import type { Database } from '@millrace/postgres';

import { type DeadLetterId, formatDeadLetterId } from './dead-letter-id.ts';
import {
  type DeadLetterSelection,
  EVENT_ORDER,
  SAME_SEQUENCE,
  selected,
  selectionParameters,
} from './dead-letter-selection.ts';

/** A parked event in a list. */
export type DeadLetter = StreamId & {
  /** In one word; see `formatDeadLetterId`. */
  readonly id: string;
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** 0 where the record does not tell. */
  readonly sequenceNumber: number;
  readonly eventId: string;
  readonly eventType: string;
  readonly errorCode: string;
  readonly errorDetail: string;
  readonly attempts: number;
  readonly parkedAt: string;
  readonly failedAt: string;
  readonly retryRequestedAt: string | null;
  /** Parked events of the same aggregate that must be applied first. */
  readonly behind: number;
};

/** A parked event with the record that it was, and what was done about it. */
export type DeadLetterDetails = DeadLetter & {
  readonly key: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly payload: Buffer | null;
  readonly actions: readonly DeadLetterAction[];
};

/** Something that was done about parked events. */
export type DeadLetterAction = {
  readonly action: 'retry' | 'discard' | 'edit';
  readonly requestedBy: string;
  readonly requestedAt: string;
  readonly outcome: string | null;
  readonly errorDetail: string | null;
  readonly before: unknown;
  readonly after: unknown;
};

const LISTED = `e.consumer_group as "group", e.topic, e.partition, e.record_offset as "offset", e.tenant_id as "tenantId",
  e.aggregate_type as "aggregateType", e.aggregate_id as "aggregateId", e.sequence_number as "sequenceNumber",
  e.event_id as "eventId", e.event_type as "eventType", e.error_code as "errorCode", e.error_detail as "errorDetail",
  e.attempts, e.parked_at as "parkedAt", e.failed_at as "failedAt", e.retry_requested_at as "retryRequestedAt",
  (select count(*) from consumer.parked_events s where ${SAME_SEQUENCE}
     and (s.sequence_number, s.record_offset) < (e.sequence_number, e.record_offset)) as behind`;

/** Parked events, each aggregate's in order. Errors as `Database.query`. */
export async function listDeadLetters(
  database: Database,
  selection: DeadLetterSelection & { readonly limit: number },
): Promise<DeadLetter[]> {
  const { rows } = await database.query<Omit<DeadLetter, 'id'>>(
    `select ${LISTED} from consumer.parked_events e where ${selected('e')}
     order by ${EVENT_ORDER} limit $9`,
    [...selectionParameters(selection), selection.limit],
  );
  return rows.map((row) => ({ id: formatDeadLetterId(row), ...row }));
}

/** One parked event; `undefined` where it is not parked. Errors as `Database.query`. */
export async function readDeadLetter(database: Database, id: DeadLetterId): Promise<DeadLetterDetails | undefined> {
  const { rows } = await database.query<Omit<DeadLetterDetails, 'id' | 'actions'>>(
    `select ${LISTED}, e.record_key as key, e.headers, e.payload
     from consumer.parked_events e where ${selected('e')}`,
    selectionParameters({ id }),
  );
  const [row] = rows;
  return row && { id: formatDeadLetterId(id), ...row, actions: await readActions(database, id) };
}

/** What was done about an event, the oldest first: it need not be parked any more. Errors as `Database.query`. */
export async function readActions(
  database: Database,
  { group, topic, partition, offset }: DeadLetterId,
): Promise<DeadLetterAction[]> {
  const { rows } = await database.query<DeadLetterAction>(
    `select action, requested_by as "requestedBy", requested_at as "requestedAt", outcome,
       error_detail as "errorDetail", before, after
     from consumer.dead_letter_actions
     where consumer_group = $1 and topic = $2 and partition = $3 and $4::bigint = any(record_offsets) order by action_id`,
    [group, topic, partition, offset],
  );
  return rows;
}
