/**
 * The append as one statement, so that it needs one round trip and no explicit transaction. It looks at the head of the
 * stream, and only if that is the expected version writes events, outbox rows and the answer to the command:
 *
 *     head ──= expected──▶ events, outbox rows, answer      all of one transaction
 *       └────≠ expected──▶ nothing
 *
 * Between looking and writing another writer may get in: then the primary key of the events refuses the row.
 */
import { outboxInsertSql, outboxParameters, type OutboxRow } from '@millrace/outbox';

import type { Append, NewEvent } from './event-store.ts';

/** A statement for `pg`. With a name, each connection prepares it once. Its one row holds the `version` before. */
export type AppendStatement = { readonly name?: string; readonly text: string; readonly values: unknown[] };

/** @param rows one outbox row per event, or none when they are not announced */
export function appendStatement(append: Append, rows: readonly OutboxRow[]): AppendStatement {
  const shape = {
    events: append.events.length,
    announced: rows.length > 0,
    answered: append.idempotency !== undefined,
  };
  const values = [
    ...headParameters(append),
    ...(append.idempotency ? answerParameters(append.idempotency) : []),
    ...(append.events.length > 0 ? eventParameters(append) : []),
    ...outboxParameters(rows),
  ];
  return { ...preparedText(shape), values };
}

type Shape = { readonly events: number; readonly announced: boolean; readonly answered: boolean };

/** Connections keep what they prepare, so large appends, which are rare, are not prepared. */
const MOST_PREPARED_EVENTS = 16;
const prepared = new Map<string, string>();

function preparedText(shape: Shape): { name?: string; text: string } {
  if (shape.events > MOST_PREPARED_EVENTS) return { text: appendSql(shape) };
  const name = `append ${shape.events}${shape.announced ? ' announced' : ''}${shape.answered ? ' answered' : ''}`;
  const text = prepared.get(name) ?? appendSql(shape);
  prepared.set(name, text);
  return { name, text };
}

/** SQL: the stream is where the writer thinks. Parameters $1 to $4 are the stream and that version. */
const AT_HEAD = '(select version = expected from head)';
const HEAD_PARAMETERS = 4;

function appendSql({ events, announced, answered }: Shape): string {
  const firstEvent = HEAD_PARAMETERS + (answered ? ANSWER_PARAMETERS : 0) + 1;
  const firstOutbox = firstEvent + CAUSATION_PARAMETERS + events * eventColumns.length;
  const parts = [
    `head as (select coalesce(max(sequence_number), 0) as version, $4::bigint as expected from event_store.events
       where tenant_id = $1 and aggregate_type = $2 and aggregate_id = $3)`,
    ...(answered ? [`answered as (${ANSWER_SQL})`] : []),
    ...(events > 0 ? [`appended as (${eventsSql(events, firstEvent)})`] : []),
    ...(announced
      ? [`announced as (${outboxInsertSql({ rowCount: events, firstParameter: firstOutbox, where: AT_HEAD })})`]
      : []),
  ];
  return `with ${parts.join(', ')} select version from head`;
}

function headParameters({ stream, expectedVersion }: Append): unknown[] {
  return [stream.tenantId, stream.aggregateType, stream.aggregateId, expectedVersion];
}

const ANSWER_PARAMETERS = 4;

const ANSWER_SQL = `insert into event_store.idempotency_keys (tenant_id, idempotency_key, request_hash, answer_status, answer)
  select $1, $5, $6, $7::integer, $8::jsonb where ${AT_HEAD}`;

function answerParameters({ key, requestHash, answerStatus, answer }: NonNullable<Append['idempotency']>): unknown[] {
  return [key, requestHash, answerStatus, JSON.stringify(answer)];
}

const CAUSATION_PARAMETERS = 5;

type EventColumn = { readonly name: string; readonly type: string; readonly value: (event: NewEvent) => unknown };

const eventColumns: readonly EventColumn[] = [
  { name: 'event_id', type: 'uuid', value: (event) => event.eventId },
  { name: 'event_type', type: 'text', value: (event) => event.type },
  { name: 'event_version', type: 'integer', value: (event) => event.eventVersion },
  { name: 'payload', type: 'jsonb', value: (event) => JSON.stringify(event.data) },
  { name: 'metadata', type: 'jsonb', value: (event) => JSON.stringify(event.metadata ?? {}) },
  { name: 'occurred_at', type: 'timestamptz', value: (event) => event.occurredAt },
];
const eventNames = eventColumns.map(({ name }) => name).join(', ');

function eventsSql(count: number, first: number): string {
  const causation = Array.from({ length: CAUSATION_PARAMETERS }, (_, index) => `$${first + index}`);
  const rows = Array.from({ length: count }, (_, index) => {
    const firstOfRow = first + CAUSATION_PARAMETERS + index * eventColumns.length;
    const values = eventColumns.map(({ type }, column) => `$${firstOfRow + column}::${type}`);
    return `(${index + 1}, ${values.join(', ')})`;
  });
  return `insert into event_store.events (tenant_id, aggregate_type, aggregate_id, sequence_number,
      correlation_id, causation_id, user_id, session_id, traceparent, ${eventNames})
    select $1, $2, $3, $4::bigint + position, ${causation.join(', ')}, ${eventNames}
      from (values ${rows.join(', ')}) as new (position, ${eventNames}) where ${AT_HEAD}`;
}

function eventParameters({ causation, events }: Append): unknown[] {
  const { correlationId, causationId, userId, sessionId, traceparent } = causation;
  return [
    ...[correlationId, causationId, userId, sessionId, traceparent],
    ...events.flatMap((event) => eventColumns.map(({ value }) => value(event))),
  ];
}
