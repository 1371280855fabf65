/** The read models of the fleet on a database of their own, fed without Kafka, for specs. */
import { randomUUID } from 'node:crypto';

import { applyBatch, projectionEffect } from '@millrace/consumer';
import { storedEvents } from '@millrace/contracts/topology';
import type { DomainEvent, Projection, RecordedEvent, Row } from '@millrace/core';
import { projections } from '@millrace/fleet';
import type { Database } from '@millrace/postgres';

/** What happened to an aggregate. */
export type Happening = { readonly id: string; readonly version: number; readonly type: string; readonly data: object };

/** The event as a store and a topic hold it. */
export function recordedEvent(tenantId: string, { id, version, type, data }: Happening): RecordedEvent {
  return {
    type,
    data,
    tenantId,
    aggregateType: storedEvents.definition(type).aggregateType,
    aggregateId: id,
    sequenceNumber: version,
    eventId: randomUUID(),
    eventVersion: storedEvents.currentVersion(type),
    occurredAt: new Date().toISOString(),
    correlationId: 'correlation',
    causationId: 'command',
    userId: 'alice',
    sessionId: 'session',
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    metadata: {},
  };
}

/** Appends events as the command side does. */
export async function store(owner: Database, events: readonly RecordedEvent[]): Promise<void> {
  await owner.query(
    `insert into event_store.events (tenant_id, aggregate_type, aggregate_id, sequence_number, event_id, event_type, event_version,
       payload, correlation_id, causation_id, user_id, session_id, traceparent, occurred_at)
     select "tenantId", "aggregateType", "aggregateId", "sequenceNumber", "eventId", type, "eventVersion",
       data, "correlationId", "causationId", "userId", "sessionId", traceparent, "occurredAt"
     from jsonb_to_recordset($1) as x ("tenantId" text, "aggregateType" text, "aggregateId" text, "sequenceNumber" bigint,
       "eventId" uuid, type text, "eventVersion" integer, data jsonb, "correlationId" text, "causationId" text, "userId" text,
       "sessionId" text, traceparent text, "occurredAt" timestamptz)`,
    [JSON.stringify(events)],
  );
}

/** A projection of the fleet. */
export function fleetProjection(name: string): Projection<DomainEvent, Row> {
  const found = projections.find((projection) => projection.name === name);
  if (!found) throw new Error(`no projection is called ${name}`);
  return found;
}

/** Records of one partition, and where the member that takes them stands. */
export type Delivery = {
  readonly topic: string;
  readonly partition: number;
  readonly from: number | undefined;
  readonly events: readonly RecordedEvent[];
};

/** Applies records as one batch of a member. */
export function deliver(
  projector: Database,
  projection: Projection<DomainEvent, Row>,
  { topic, partition, from, events }: Delivery,
) {
  const parts = { database: projector, catalogue: storedEvents, effect: projectionEffect(projection) };
  const start = from ?? 0;
  const readings = events.map((event, index) => {
    const { data: _data, metadata: _metadata, ...envelope } = event;
    const record = { offset: start + index, key: event.aggregateId, value: null, headers: {}, timestampMs: 0 };
    return { kind: 'event' as const, event, envelope, record };
  });
  const at = { group: projection.name, topic, partition };
  return applyBatch(parts, { at, from, nextOffset: start + events.length, readings });
}

/** Every row of a projection's table, in the order of its key. */
export async function tableOf(owner: Database, { table, keyColumns }: Projection<DomainEvent, Row>): Promise<Row[]> {
  const { rows } = await owner.query<{ row: Row }>(
    `select to_jsonb(t) as row from read_model.${table} t order by ${keyColumns.join(', ')}`,
  );
  return rows.map(({ row }) => row);
}
