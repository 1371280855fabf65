import { randomUUID } from 'node:crypto';

import { type Causation, EventCatalogue, type EventDefinition, type StreamId } from '@millrace/core';

import type { Append, NewEvent } from './event-store.ts';

/** Topic of the events of the specs. */
export const COUNTERS_TOPIC = 'counters.events.v1';

const schema = (name: string) => ({ type: 'record', name, namespace: 'counters', fields: [] });

const counterIncremented: EventDefinition = {
  type: 'CounterIncremented',
  aggregateType: 'counter',
  topic: COUNTERS_TOPIC,
  schemas: { 1: schema('CounterIncremented'), 2: schema('CounterIncremented') },
  // Version 1 counted single steps.
  upcasters: { 1: (data) => ({ ...(data as object), by: 1 }) },
};

const counterReset: EventDefinition = {
  type: 'CounterReset',
  aggregateType: 'counter',
  topic: COUNTERS_TOPIC,
  schemas: { 1: schema('CounterReset') },
  upcasters: {},
};

/** What processes of three releases know: increments; also resets; also the second version of resets. */
export const counterEvents = {
  old: new EventCatalogue([counterIncremented]),
  newer: new EventCatalogue([counterIncremented, counterReset]),
  newest: new EventCatalogue([
    counterIncremented,
    {
      ...counterReset,
      schemas: { 1: schema('CounterReset'), 2: schema('CounterReset') },
      upcasters: { 1: (data) => data },
    },
  ]),
};

/** Name of one of the three. */
export type Release = keyof typeof counterEvents;

/** Stand-in for the Avro encoder: any bytes do. */
export const encodeJson = (type: string, data: unknown): Buffer => Buffer.from(JSON.stringify({ type, data }));

/** Cause of the events of the specs. */
export const causation: Causation = {
  correlationId: 'correlation',
  causationId: 'causation',
  userId: 'alice',
  sessionId: 'session',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
};

/** A stream that nobody else uses. */
export function newStream(tenantId = 'acme'): StreamId {
  return { tenantId, aggregateType: 'counter', aggregateId: randomUUID() };
}

/** An event of the current version. */
export function increment(change: Partial<NewEvent> = {}): NewEvent {
  return {
    type: 'CounterIncremented',
    data: { by: 1 },
    eventId: randomUUID(),
    eventVersion: 2,
    occurredAt: '2026-01-02T03:04:05.678Z',
    ...change,
  };
}

/** Several of them, each a second after the one before. */
export function increments(count: number, firstSecond = 0): NewEvent[] {
  return Array.from({ length: count }, (_, index) =>
    increment({
      data: { by: index + 1 },
      occurredAt: new Date(Date.UTC(2026, 0, 2) + (firstSecond + index) * 1_000).toISOString(),
    }),
  );
}

/** An append to a stream that does not exist yet. */
export function appendTo(stream: StreamId, change: Partial<Append> = {}): Append {
  return { stream, expectedVersion: 0, events: [increment()], causation, ...change };
}
