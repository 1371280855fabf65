import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EventCatalogue, type StreamId } from '@millrace/core';
import { type Database, openDatabase } from '@millrace/postgres';
import { createTestDatabase, type TestDatabase } from '@millrace/testing';

import { appendTo, counterEvents, COUNTERS_TOPIC, encodeJson, increment, newStream } from './event-store.fixture.ts';
import { PostgresEventStore } from './postgres-event-store.ts';

const catalogue = new EventCatalogue(
  counterEvents.old.definitions.map((definition) => ({ ...definition, aliases: ['counter.incremented'] })),
);

describe('rows under the name of an older store', () => {
  let created: TestDatabase;
  let database: Database;
  let store: PostgresEventStore;
  beforeAll(async () => {
    created = await createTestDatabase([COUNTERS_TOPIC]);
    database = openDatabase({ url: created.roleUrls.command });
    store = new PostgresEventStore({ database, catalogue, encode: encodeJson });
  });
  afterAll(async () => {
    await database.close();
    await created.drop();
  });

  async function insert(stream: StreamId, type: string): Promise<void> {
    const { tenantId, aggregateType, aggregateId } = stream;
    await database.query(
      `insert into event_store.events (tenant_id, aggregate_type, aggregate_id, sequence_number, event_id, event_type,
         event_version, payload, correlation_id, traceparent, occurred_at)
       values ($1, $2, $3, 1, $4, $5, 1, '{"reason": "old"}', 'c', 't', now())`,
      [tenantId, aggregateType, aggregateId, randomUUID(), type],
    );
  }

  it('T-14 T-21 TOX-5 TOX-6 load as the type that the name stands for, in its current version; the row stays', async () => {
    const stream = newStream();
    await insert(stream, 'counter.incremented');
    const read = { type: 'CounterIncremented', data: { reason: 'old', by: 1 }, eventVersion: 1 };
    expect(await store.load(stream)).toMatchObject([read]);
    expect(await store.loadForCommand(stream, { stateVersion: 1 })).toMatchObject({ events: [read] });
    expect((await store.readAll({ limit: 100 })).events).toMatchObject([read]);
    expect(await store.append(appendTo(stream, { expectedVersion: 1 }))).toBe(2);
    const { rows } = await database.query(
      `select event_type from event_store.events where aggregate_id = $1 order by sequence_number`,
      [stream.aggregateId],
    );
    expect(rows).toEqual([{ event_type: 'counter.incremented' }, { event_type: 'CounterIncremented' }]);
  });

  it('T-15 TOX-17 under a name that stands for nothing are a clear error, and decide nothing', async () => {
    const stream = newStream();
    await insert(stream, 'counter.exploded');
    const error = { code: 'UNKNOWN_EVENT_TYPE', retriable: false, facts: { type: 'counter.exploded' } };
    await expect(store.load(stream)).rejects.toMatchObject(error);
    await expect(store.loadForCommand(stream, { stateVersion: 1 })).rejects.toMatchObject(error);
  });

  it('T-21 are never written', async () => {
    const append = appendTo(newStream(), { events: [increment({ type: 'counter.incremented' })] });
    await expect(store.append(append)).rejects.toThrow('counter.incremented is only read');
  });
});
