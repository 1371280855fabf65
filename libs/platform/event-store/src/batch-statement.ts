/**
 * Several appends as one statement: one round trip, one commit, one flush of the WAL for all of them. Each is judged
 * alone: what finds its stream elsewhere writes nothing, and the others do not notice.
 *
 *     command ──= expected──▶ winner ──▶ events, outbox rows, answer
 *        └──────≠ expected──▶ nothing
 *
 * Whatever makes Postgres refuse the statement, such as another writer between looking and writing, refuses all of them.
 * The caller then sends each alone.
 *
 * Every column is one array, so that one prepared text serves any number of appends. Payloads are one parameter, because
 * `pg` sends a Buffer as binary but a `bytea[]` as hex text of twice the size.
 */
import { outboxInsertFrom, type OutboxRow } from '@millrace/outbox';

import type { AppendStatement } from './append-statement.ts';
import type { Append, NewEvent } from './event-store.ts';

/** An append and the outbox rows that announce its events: one for each of them. */
export type PreparedAppend = { readonly append: Append; readonly rows: readonly OutboxRow[] };

type Column<T> = { readonly name: string; readonly type: string; readonly value: (item: T) => unknown };

const commandColumns: readonly Column<Append>[] = [
  { name: 'tenant_id', type: 'text', value: ({ stream }) => stream.tenantId },
  { name: 'aggregate_type', type: 'text', value: ({ stream }) => stream.aggregateType },
  { name: 'aggregate_id', type: 'text', value: ({ stream }) => stream.aggregateId },
  { name: 'expected', type: 'bigint', value: ({ expectedVersion }) => expectedVersion },
  { name: 'correlation_id', type: 'text', value: ({ causation }) => causation.correlationId },
  { name: 'causation_id', type: 'text', value: ({ causation }) => causation.causationId },
  { name: 'user_id', type: 'text', value: ({ causation }) => causation.userId },
  { name: 'session_id', type: 'text', value: ({ causation }) => causation.sessionId },
  { name: 'traceparent', type: 'text', value: ({ causation }) => causation.traceparent },
  { name: 'idempotency_key', type: 'text', value: ({ idempotency }) => idempotency?.key },
  { name: 'request_hash', type: 'text', value: ({ idempotency }) => idempotency?.requestHash },
  { name: 'answer_status', type: 'integer', value: ({ idempotency }) => idempotency?.answerStatus },
  { name: 'answer', type: 'text', value: ({ idempotency }) => idempotency && JSON.stringify(idempotency.answer) },
];

type BatchEvent = {
  /** Place of its command among all of them, from 1. */
  readonly command: number;
  /** Place in its append, from 1. */
  readonly position: number;
  readonly event: NewEvent;
  readonly row: OutboxRow;
  /** Where its payload begins in the parameter that holds all of them, from 1. */
  readonly start: number;
};

const eventColumns: readonly Column<BatchEvent>[] = [
  { name: 'command', type: 'integer', value: ({ command }) => command },
  { name: 'position', type: 'integer', value: ({ position }) => position },
  { name: 'event_id', type: 'uuid', value: ({ event }) => event.eventId },
  { name: 'event_type', type: 'text', value: ({ event }) => event.type },
  { name: 'event_version', type: 'integer', value: ({ event }) => event.eventVersion },
  { name: 'data', type: 'text', value: ({ event }) => JSON.stringify(event.data) },
  { name: 'metadata', type: 'text', value: ({ event }) => JSON.stringify(event.metadata ?? {}) },
  { name: 'occurred_at', type: 'text', value: ({ event }) => event.occurredAt },
  { name: 'topic', type: 'text', value: ({ row }) => row.topic },
  { name: 'ce_source', type: 'text', value: ({ row }) => row.source },
  { name: 'ce_dataschema', type: 'text', value: ({ row }) => row.dataSchema },
  { name: 'start', type: 'integer', value: ({ start }) => start },
  { name: 'bytes', type: 'integer', value: ({ row }) => row.payload.length },
];

const arrays = <T>(columns: readonly Column<T>[], first: number): string =>
  columns.map(({ type }, index) => `$${first + index}::${type}[]`).join(', ');
const names = <T>(columns: readonly Column<T>[]): string => columns.map(({ name }) => name).join(', ');

const firstEventColumn = commandColumns.length + 1;
const payloads = `$${firstEventColumn + eventColumns.length}::bytea`;

const IN_ORDER = 'order by command, position';
const CAUSATION = 'correlation_id, causation_id, user_id, session_id, traceparent';
const STORED = `tenant_id, aggregate_type, aggregate_id, sequence_number, ${CAUSATION}, event_id, event_type, event_version`;

const ANNOUNCED = `event_id as id, topic, aggregate_id as key, event_type as type, payload, ce_source, occurred_at as ce_time, ce_dataschema,
  tenant_id as ce_tenantid, aggregate_type as ce_aggregatetype, sequence_number::text as ce_aggregateversion,
  event_version::text as ce_eventversion, correlation_id as ce_correlationid, causation_id as ce_causationid,
  user_id as ce_userid, session_id as ce_sessionid, traceparent`;

const BATCH_SQL = `
  with asked as materialized (
    select * from unnest(${arrays(commandColumns, 1)}) with ordinality as asked (${names(commandColumns)}, command)),
  head as materialized (
    select command, coalesce((select max(sequence_number) from event_store.events as stored
        where stored.tenant_id = asked.tenant_id and stored.aggregate_type = asked.aggregate_type
          and stored.aggregate_id = asked.aggregate_id), 0) as version from asked),
  winner as materialized (select asked.* from asked join head using (command) where version = expected),
  answered as (
    insert into event_store.idempotency_keys (tenant_id, idempotency_key, request_hash, answer_status, answer)
    select tenant_id, idempotency_key, request_hash, answer_status, answer::jsonb from winner where idempotency_key is not null),
  fresh as materialized (
    select winner.*, new.*, expected + position as sequence_number, substring(${payloads} from start for bytes) as payload
      from unnest(${arrays(eventColumns, firstEventColumn)}) as new (${names(eventColumns).replace('command', 'of_command')})
      join winner on command = of_command),
  appended as (
    insert into event_store.events (${STORED}, payload, metadata, occurred_at)
    select ${STORED}, data::jsonb, metadata::jsonb, occurred_at::timestamptz from fresh ${IN_ORDER}),
  announced as (${outboxInsertFrom(`(select ${ANNOUNCED} from fresh ${IN_ORDER}) as message`)})
  select version from head order by command`;

/** @returns a statement whose rows hold the `version` before, one for each append in their order */
export function batchStatement(batch: readonly PreparedAppend[]): AppendStatement {
  const events = batch.flatMap(eventsOf);
  let start = 1;
  const placed = events.map((event) => {
    const at = { ...event, start };
    start += event.row.payload.length;
    return at;
  });
  return {
    name: 'append batch',
    text: BATCH_SQL,
    values: [
      ...commandColumns.map(({ value }) => batch.map(({ append }) => value(append))),
      ...eventColumns.map(({ value }) => placed.map(value)),
      Buffer.concat(events.map(({ row }) => row.payload)),
    ],
  };
}

function eventsOf({ append, rows }: PreparedAppend, index: number): Omit<BatchEvent, 'start'>[] {
  return rows.map((row, position) => ({
    command: index + 1,
    position: position + 1,
    event: append.events[position] as NewEvent,
    row,
  }));
}
