/** Appends that are sent together: what each of them must not notice of the others. */
import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createTestDatabase } from '@millrace/testing';

import { type CountedStore, CountedStores } from './counted-stores.fixture.ts';
import { appendTo, increment, increments, newStream } from './event-store.fixture.ts';
import type { Append } from './event-store.ts';
import type { PostgresEventStore } from './postgres-event-store.ts';
import { stored, versionsOf } from './store-under-test.ts';

const stores = new CountedStores(createTestDatabase);
afterAll(() => stores.close());

const outcomes = async (store: PostgresEventStore, appends: readonly Append[]) =>
  (await Promise.allSettled(appends.map((append) => store.append(append)))).map((result) =>
    result.status === 'fulfilled' ? result.value : (result.reason as { code: string }).code,
  );

describe('SHR-9 appends that come together', () => {
  let together: CountedStore;
  beforeAll(async () => {
    together = await stores.open({ coalesce: true });
  });

  test('ORD-31 go to Postgres in few statements, each with its own version', async () => {
    const { store, counted } = together;
    const streams = Array.from({ length: 100 }, () => newStream());
    counted.statements = 0;
    const appends = streams.map((stream, index) => appendTo(stream, { events: increments(1 + (index % 3)) }));
    expect(await outcomes(store, appends)).toEqual(streams.map((_, index) => 1 + (index % 3)));
    expect(counted.statements).toBeLessThan(10);
    for (const [index, stream] of streams.entries())
      expect(versionsOf(await store.load(stream))).toEqual([1, 2, 3].slice(0, 1 + (index % 3)));
  });

  test('SHR-8 T-8 a stale version is refused alone', async () => {
    const { store } = together;
    const appends = Array.from({ length: 20 }, (_, index) =>
      appendTo(newStream(), { expectedVersion: index % 4 === 3 ? 7 : 0 }),
    );
    expect(await outcomes(store, appends)).toEqual(
      appends.map(({ expectedVersion }) => (expectedVersion === 0 ? 1 : 'VERSION_CONFLICT')),
    );
    for (const { stream, expectedVersion } of appends)
      expect(await store.load(stream)).toHaveLength(expectedVersion === 0 ? 1 : 0);
  });

  test('ORD-33 what Postgres refuses fails alone: text it cannot hold, an event id or a key that is taken', async () => {
    const { store } = together;
    const taken = increment();
    const key = randomUUID();
    await store.append(appendTo(newStream(), { events: [taken], idempotency: { key, ...stored } }));
    const bad: Partial<Append>[] = [
      { events: [increment({ data: { text: 'a\u0000b' } })] },
      { events: [taken] },
      { idempotency: { key, ...stored } },
    ];
    const appends = bad.flatMap((change) => [
      ...Array.from({ length: 5 }, () => appendTo(newStream())),
      appendTo(newStream(), change),
    ]);
    const expected = ['PAYLOAD_INVALID', 'DUPLICATE_EVENT', 'IDEMPOTENCY_KEY_TAKEN'].flatMap((code) => [
      ...Array.from({ length: 5 }, () => 1),
      code,
    ]);
    expect(await outcomes(store, appends)).toEqual(expected);
  });

  test('T-23 the same key twice at once is kept once', async () => {
    const { store } = together;
    const idempotency = { key: randomUUID(), ...stored };
    const appends = Array.from({ length: 10 }, () => appendTo(newStream(), { idempotency }));
    const codes = await outcomes(store, appends);
    expect(codes.filter((code) => code === 1)).toHaveLength(1);
    expect(codes.filter((code) => code === 'IDEMPOTENCY_KEY_TAKEN')).toHaveLength(9);
  });

  test('JOB-7 two processes and the same streams: one of them wins each', async () => {
    const { store, another } = together;
    const streams = Array.from({ length: 60 }, () => newStream());
    const appends = () => streams.map((stream) => appendTo(stream, { events: increments(2) }));
    const [ours, theirs] = await Promise.all([outcomes(store, appends()), outcomes(another, appends())]);
    for (const [index, stream] of streams.entries()) {
      expect([ours[index], theirs[index]].sort()).toEqual([2, 'VERSION_CONFLICT']);
      expect(versionsOf(await store.load(stream))).toEqual([1, 2]);
    }
  });
});

test('SHR-11 together they write what each would write alone: events, outbox rows, answers', async () => {
  const appends = Array.from({ length: 40 }, (_, index) =>
    appendTo(newStream(index % 2 === 0 ? 'acme' : 'globex'), {
      events: increments(index % 4).map((event) => ({ ...event, data: { text: `ä "\\ 🙂 {${index}}` } })),
      ...(index % 3 === 0 && { idempotency: { key: `key-${index}`, ...stored } }),
    }),
  );
  const written = await Promise.all(
    [true, false].map(async (coalesce) => {
      const { store, owner } = await stores.open({ coalesce });
      await outcomes(store, appends);
      const rowsOf = async (table: string, without: readonly string[]) =>
        (
          await owner.query<{ row: string }>(`select (to_jsonb(t) - $1::text[])::text as row from ${table} as t`, [
            without,
          ])
        ).rows
          .map(({ row }) => row)
          .sort();
      return {
        events: await rowsOf('event_store.events', ['global_position', 'transaction_id', 'created_at']),
        outbox: await rowsOf('outbox.outbox_messages', ['seq', 'created_at']),
        answers: await rowsOf('event_store.idempotency_keys', ['created_at']),
      };
    }),
  );
  expect(written[0]?.events).toHaveLength(60);
  expect(written[0]?.outbox).toHaveLength(60);
  expect(written[0]?.answers).toHaveLength(14);
  expect(written[0]).toEqual(written[1]);
});
