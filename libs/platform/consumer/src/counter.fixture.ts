/** A small domain for specs: counters with one row each, and a table of days that gathers them. */
import { randomUUID } from 'node:crypto';

import { type DomainEvent, EventCatalogue, MillraceError, type Projection, type RecordedEvent } from '@millrace/core';
import type { LogRecord } from '@millrace/kafka';
import { type Database, openDatabase } from '@millrace/postgres';

import type { RecordDecoder } from './record-reader.ts';

export type CounterEvent =
  | DomainEvent<'Added', { by: number }>
  | DomainEvent<'Noted', { note: string }>
  | DomainEvent<'Seen', object>
  | DomainEvent<'Removed', object>
  | DomainEvent<'Broken', object>;

export type CounterRow = { tenant_id: string; counter_id: string; total: number; note: string | null };
export type DayRow = { tenant_id: string; day: string; added: number };

export const COUNTERS_TOPIC = 'counters.events.v1';

const define = (type: string, versions = 1) => ({
  type,
  aggregateType: 'counter',
  topic: COUNTERS_TOPIC,
  schemas: Object.fromEntries(Array.from({ length: versions }, (_, index) => [index + 1, {}])),
  upcasters: versions > 1 ? { 1: (data: unknown) => ({ by: (data as { amount: number }).amount }) } : {},
});

export const counterEvents = new EventCatalogue([
  define('Added', 2),
  define('Noted'),
  define('Seen'),
  define('Removed'),
  define('Broken'),
]);

const keyOf = ({ tenantId, aggregateId }: RecordedEvent) => ({ tenant_id: tenantId, counter_id: aggregateId });
const dayOf = ({ tenantId, occurredAt }: RecordedEvent) => ({ tenant_id: tenantId, day: occurredAt.slice(0, 10) });

export const counters: Projection<CounterEvent, CounterRow> = {
  name: 'counters-projection',
  table: 'counters',
  topics: [COUNTERS_TOPIC],
  keyColumns: ['tenant_id', 'counter_id'],
  rowPer: 'aggregate',
  key: keyOf,
  handlers: {
    Added: (row, event) => ({ ...(row ?? { ...keyOf(event), note: null }), total: (row?.total ?? 0) + event.data.by }),
    Noted: (row, event) => ({ ...(row ?? { ...keyOf(event), total: 0 }), note: event.data.note }),
    Seen: 'ignore',
    Removed: () => undefined,
    Broken: () => {
      throw new Error('broken on purpose');
    },
  },
};

export const days: Projection<CounterEvent, DayRow> = {
  name: 'days-projection',
  table: 'counter_days',
  topics: [COUNTERS_TOPIC],
  keyColumns: ['tenant_id', 'day'],
  rowPer: 'group',
  key: dayOf,
  handlers: {
    Added: (row, event) => ({ ...dayOf(event), added: (row?.added ?? 0) + event.data.by }),
    Noted: 'ignore',
    Seen: 'ignore',
    Removed: 'ignore',
    Broken: 'ignore',
  },
};

/** Totals of 1,000 and more are refused by the table: events that only Postgres finds wrong. */
const TABLES = `
  create table read_model.counters (tenant_id text, counter_id text, total bigint not null check (total < 1000),
    note text, version bigint not null, primary key (tenant_id, counter_id));
  create table read_model.counter_days (tenant_id text, day date, added bigint not null, primary key (tenant_id, day));
  grant select, insert, update, delete on read_model.counters, read_model.counter_days to millrace_projector;
`;

export type CounterDatabase = { owner: Database; projector: Database; close(): Promise<void> };

/** What is needed of a test database. */
export type MigratedDatabase = {
  readonly url: string;
  readonly roleUrls: { readonly projector: string };
  readonly drop: () => Promise<void>;
};

/** A throw-away database with the two tables; `projector` has the rights of a projection and no more. */
export async function openCounterDatabase(created: MigratedDatabase): Promise<CounterDatabase> {
  const owner = openDatabase({ url: created.url, poolSize: 8 });
  const projector = openDatabase({ url: created.roleUrls.projector, poolSize: 8 });
  await owner.query(TABLES);
  return {
    owner,
    projector,
    async close() {
      await Promise.all([owner.close(), projector.close()]);
      await created.drop();
    },
  };
}

/** Event `sequenceNumber` of a counter, in the current version; `event` may change the envelope as well. */
export function counterEvent(
  aggregateId: string,
  sequenceNumber: number,
  event: CounterEvent & Partial<Omit<RecordedEvent, 'type' | 'data'>>,
): RecordedEvent<CounterEvent> {
  return {
    tenantId: 'acme',
    aggregateType: 'counter',
    aggregateId,
    sequenceNumber,
    eventId: randomUUID(),
    eventVersion: counterEvents.has(event.type) ? counterEvents.currentVersion(event.type) : 1,
    occurredAt: '2026-01-02T03:04:05.678Z',
    correlationId: 'correlation',
    causationId: 'causation',
    userId: 'alice',
    sessionId: 'session',
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    metadata: {},
    ...event,
  };
}

/** Headers and value of an event's record; the value is JSON, which `jsonDecoder` reads. */
export function wireOf(event: RecordedEvent) {
  return {
    key: event.aggregateId,
    value: Buffer.from(JSON.stringify(event.data ?? null)),
    headers: {
      ce_specversion: '1.0',
      ce_id: event.eventId,
      ce_type: event.type,
      ce_time: event.occurredAt,
      ce_tenantid: event.tenantId,
      ce_aggregatetype: event.aggregateType,
      ce_subject: event.aggregateId,
      ce_aggregateversion: String(event.sequenceNumber),
      ce_eventversion: String(event.eventVersion),
      ce_correlationid: event.correlationId,
      ce_causationid: event.causationId,
      ce_userid: event.userId,
      ce_sessionid: event.sessionId,
      traceparent: event.traceparent,
    },
  };
}

/** The record of an event at an offset. */
export function recordOf(event: RecordedEvent, offset: number): LogRecord {
  return { ...wireOf(event), offset, timestampMs: Date.parse(event.occurredAt) };
}

/** Reads JSON values; a value that is no JSON can never be read. */
export const jsonDecoder: RecordDecoder = {
  decode: async (value) => {
    try {
      return { data: JSON.parse(value?.toString() ?? '') as unknown };
    } catch (cause) {
      throw new MillraceError('RECORD_MALFORMED', 'no JSON', { cause });
    }
  },
};

/** Puts events into the store as the command side would, so that gaps can be repaired from it. */
export async function storeEvents(owner: Database, events: readonly RecordedEvent[]): Promise<void> {
  for (const event of events) {
    await owner.query(
      `insert into event_store.events (tenant_id, aggregate_type, aggregate_id, sequence_number, event_id, event_type,
         event_version, payload, correlation_id, traceparent, occurred_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
      [
        event.tenantId,
        event.aggregateType,
        event.aggregateId,
        event.sequenceNumber,
        event.eventId,
        event.type,
        event.eventVersion,
        JSON.stringify(event.data ?? null),
        event.correlationId,
        event.traceparent,
        event.occurredAt,
      ],
    );
  }
}
