/** Stores with a past, written by Postgres itself: a bench that appended ten million events first would never begin. */
import type { Database } from '@millrace/postgres';

import type { BenchDatabase, BenchPostgres } from '../harness/bench-postgres.ts';
import { millraceTemplate, onDatabase } from './millrace-store.ts';
import { appendOf, EVENT_TYPE, LIFE, ORDER } from './order-appends.ts';

/** Ids of the past sort before all that is appended later, as ids with a time in them do. */
const PAST_PREFIX = '01980000-0000-7000-8000-';
const PAST_FIRST = 100_000_000_000;

/** Id number `number` of the past. */
export function pastId(number: number): string {
  return `${PAST_PREFIX}${PAST_FIRST + number}`;
}

/** Streams of one length; their ids are numbered from `first`, their events too. */
export type Past = { readonly first: number; readonly streams: number; readonly length: number };

/** A database of the template whose store holds a past; made once in a run, and shared by who asks for the same name. */
export async function filledStore(
  postgres: BenchPostgres,
  name: string,
  past: readonly Past[],
): Promise<Omit<BenchDatabase, 'drop'>> {
  const template = await millraceTemplate(postgres);
  return postgres.keep(name, template, (url) =>
    onDatabase(url, async (owner) => {
      for (const part of past) await fill(owner, part);
      await owner.query('vacuum (analyze) event_store.events');
    }),
  );
}

async function fill(owner: Database, { first, streams, length }: Past): Promise<void> {
  const { causation, events } = appendOf({ tenantId: 'acme', aggregateId: pastId(0), eventId: pastId(0) }, 0);
  const [event] = events;
  await owner.query(
    `insert into event_store.events (tenant_id, aggregate_type, aggregate_id, sequence_number, event_id, event_type,
       event_version, payload, correlation_id, causation_id, user_id, session_id, traceparent, occurred_at)
     select 'acme', $1, $2 || ($3::bigint + $4 + number / $5), number % $5 + 1, ($2 || ($3::bigint + $4 + number))::uuid, $6,
            $7, $8::jsonb, $9, $10, $11, $12, $13, $14::timestamptz
       from generate_series(0, $15::bigint - 1) as number`,
    [
      ...[ORDER, PAST_PREFIX, PAST_FIRST, first, length, EVENT_TYPE],
      ...[event?.eventVersion, JSON.stringify(event?.data)],
      ...[causation.correlationId, causation.causationId, causation.userId, causation.sessionId, causation.traceparent],
      ...[event?.occurredAt, streams * length],
    ],
  );
}

/** A past of so many events in streams of the usual length. */
export function pastOf(events: number): Past {
  return { first: 0, streams: events / LIFE, length: LIFE };
}
