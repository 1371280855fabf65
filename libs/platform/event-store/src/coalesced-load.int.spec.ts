/** Loads of commands that are sent together: what each of them must not notice of the others. */
import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { StreamId } from '@millrace/core';
import { createTestDatabase } from '@millrace/testing';

import type { CommandLoad } from './command-load.ts';
import { type CountedStore, CountedStores } from './counted-stores.fixture.ts';
import { appendTo, counterEvents, encodeJson, increment, increments, newStream } from './event-store.fixture.ts';
import { PostgresEventStore } from './postgres-event-store.ts';
import { stored } from './store-under-test.ts';

const stores = new CountedStores(createTestDatabase);
afterAll(() => stores.close());

describe('ORD-38 loads that come together', () => {
  let together: CountedStore;
  let alone: CountedStore;
  beforeAll(async () => {
    [together, alone] = await Promise.all([stores.open({ coalesce: true }), stores.open({ coalesce: false })]);
  });

  test('T-23 ACC-30 T-66 find what each would find alone, in few statements', async () => {
    const loads = Array.from({ length: 100 }, (_, index) => loadOf(index));
    for (const { store } of [together, alone])
      for (const [index, load] of loads.entries()) await fill(store, load, index);
    const expected = [];
    for (const { stream, needs } of loads) expected.push(await alone.store.loadForCommand(stream, needs));
    together.counted.statements = 0;
    const found = await Promise.all(loads.map(({ stream, needs }) => together.store.loadForCommand(stream, needs)));
    expect(together.counted.statements).toBeLessThan(10);
    expect(found).toEqual(expected);
    expect(found.filter(({ snapshot }) => snapshot)).toHaveLength(20);
    expect(found.filter(({ answer }) => answer)).toHaveLength(25);
    expect(found.filter(({ gate }) => gate)).toHaveLength(50);
  });

  test('T-15 ORD-33 fail alone: a type that nobody knows, text that Postgres cannot hold', async () => {
    const { store, owner } = together;
    const streams = Array.from({ length: 20 }, () => newStream());
    for (const stream of streams) await store.append(appendTo(stream));
    const newer = new PostgresEventStore({ database: owner, catalogue: counterEvents.newest, encode: encodeJson });
    const reset = increment({ type: 'CounterReset' });
    await newer.append(appendTo(streams[1] as StreamId, { expectedVersion: 1, events: [reset] }));
    const asked = [...streams, { ...newStream(), aggregateId: 'a\u0000b' }];
    const results = await Promise.allSettled(asked.map((stream) => store.loadForCommand(stream, { stateVersion: 1 })));
    expect(results.map(({ status }) => status)).toEqual(
      asked.map((_, index) => (index === 1 || index === 20 ? 'rejected' : 'fulfilled')),
    );
    expect(results[1]).toMatchObject({ reason: { code: 'UNKNOWN_EVENT_TYPE' } });
  });
});

/** Of two tenants; by its number with a snapshot, a known version, an idempotency key, a gate. */
function loadOf(index: number): CommandLoad {
  const stream = newStream(index % 2 === 0 ? 'acme' : 'globex');
  return {
    stream,
    needs: {
      stateVersion: 1,
      ...(index % 4 === 0 && { idempotencyKey: randomUUID() }),
      ...(index % 5 === 1 && { knownVersion: 2 }),
      ...(index % 2 === 1 && {
        gate: { aggregateType: 'counter', aggregateId: stream.aggregateId, eventTypes: ['CounterIncremented', 'none'] },
      }),
    },
  };
}

async function fill(store: CountedStore['store'], { stream, needs }: CommandLoad, index: number): Promise<void> {
  const idempotency = needs.idempotencyKey ? { key: needs.idempotencyKey, ...stored } : undefined;
  const events = increments(3).map((event, at) => increment({ ...event, eventId: idOf(index, at) }));
  await store.append(appendTo(stream, { events, idempotency }));
  if (index % 5 === 0) await store.saveSnapshot(stream, { sequenceNumber: 2, stateVersion: 1, state: { index } }, 3);
}

/** The same in both stores. */
const idOf = (index: number, at: number) => `00000000-0000-4000-8000-${String(index * 10 + at).padStart(12, '0')}`;
