/** Counters for specs of the auditor: one event type, and three read models of it, one of each kind. */
import { randomUUID } from 'node:crypto';

import type { RecordDecoder } from '@millrace/consumer';
import { type DomainEvent, EventCatalogue, type Projection, type RecordedEvent, type Row } from '@millrace/core';
import type { TestProducer } from '@millrace/kafka/testing';

type Added = DomainEvent<'Added', { by: number }>;

/** Any of the projections. */
export type AnyProjection = Projection<DomainEvent, Row>;

/** Projections by what a row of theirs is about. */
export type CounterProjections = Record<'counters' | 'days' | 'log', AnyProjection>;

/** Aggregate type of the counters. */
export const TYPE = 'counter';

/** Payloads are JSON. */
export const decoder: RecordDecoder = {
  decode: async (value) => ({ data: JSON.parse(value?.toString() ?? '') as unknown }),
};

/** SQL of their tables. */
export const TABLES = `
  create table read_model.counters (tenant_id text, counter_id text, total bigint not null, version bigint not null,
    primary key (tenant_id, counter_id));
  create table read_model.counter_days (tenant_id text, day date, added bigint not null, primary key (tenant_id, day));
  create table read_model.counter_log (tenant_id text, event_id uuid, by bigint not null, primary key (tenant_id, event_id));
  grant select, insert, update, delete on read_model.counters, read_model.counter_days, read_model.counter_log to millrace_projector;`;

/** What can be on their topic. */
export function catalogueOf(topic: string): EventCatalogue {
  return new EventCatalogue([{ type: 'Added', aggregateType: TYPE, topic, schemas: { 1: {} }, upcasters: {} }]);
}

/** A row per counter, one per day, and one per event. */
export function projectionsOf(topic: string): CounterProjections {
  const counterKey = ({ tenantId, aggregateId }: RecordedEvent) => ({ tenant_id: tenantId, counter_id: aggregateId });
  const dayKey = ({ tenantId, occurredAt }: RecordedEvent) => ({ tenant_id: tenantId, day: occurredAt.slice(0, 10) });
  const logKey = ({ tenantId, eventId }: RecordedEvent) => ({ tenant_id: tenantId, event_id: eventId });
  const shape = (name: string, table: string) => ({ name, table, topics: [topic] });
  const counters: Projection<Added, { tenant_id: string; counter_id: string; total: number }> = {
    ...shape('counters', 'counters'),
    keyColumns: ['tenant_id', 'counter_id'],
    rowPer: 'aggregate',
    key: counterKey,
    handlers: { Added: (row, event) => ({ ...counterKey(event), total: (row?.total ?? 0) + event.data.by }) },
  };
  const days: Projection<Added, { tenant_id: string; day: string; added: number }> = {
    ...shape('days', 'counter_days'),
    keyColumns: ['tenant_id', 'day'],
    rowPer: 'group',
    key: dayKey,
    handlers: { Added: (row, event) => ({ ...dayKey(event), added: (row?.added ?? 0) + event.data.by }) },
  };
  const log: Projection<Added, { tenant_id: string; event_id: string; by: number }> = {
    ...shape('log', 'counter_log'),
    keyColumns: ['tenant_id', 'event_id'],
    rowPer: 'event',
    key: logKey,
    handlers: { Added: (_row, event) => ({ ...logKey(event), by: event.data.by }) },
  };
  return { counters, days, log } as unknown as CounterProjections;
}

/** A version of a counter. */
export type AddedRef = { readonly tenantId: string; readonly aggregateId: string; readonly sequenceNumber: number };

/** Event of a counter that adds its own version. */
export function addedEvent({ tenantId, aggregateId, sequenceNumber }: AddedRef): RecordedEvent {
  return {
    ...{ type: 'Added', data: { by: sequenceNumber }, tenantId, aggregateType: TYPE, aggregateId, sequenceNumber },
    ...{ eventId: randomUUID(), eventVersion: 1, occurredAt: '2026-01-02T03:04:05.678Z', metadata: {} },
    ...{ correlationId: 'c', causationId: 'c', userId: 'alice', sessionId: 's' },
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  };
}

/** The record of an event, as the relay makes it. */
export function wire(event: RecordedEvent): Parameters<TestProducer['send']>[1][number] {
  return {
    key: event.aggregateId,
    value: JSON.stringify(event.data),
    headers: {
      ...{ ce_specversion: '1.0', ce_id: event.eventId, ce_type: event.type, ce_time: event.occurredAt, ce_epoch: '1' },
      ...{ ce_tenantid: event.tenantId, ce_aggregatetype: event.aggregateType, ce_subject: event.aggregateId },
      ...{ ce_aggregateversion: String(event.sequenceNumber), ce_eventversion: '1', traceparent: event.traceparent },
      ...{ ce_correlationid: 'c', ce_causationid: 'c', ce_userid: 'alice', ce_sessionid: 's' },
    },
  };
}
