/** What is read back: of one stream, of all, and of types that this release does not know. */

import { expect, it } from '@jest/globals';
import type { RecordedEvent } from '@millrace/core';

import { appendTo, increment, newStream } from './event-store.fixture.ts';
import type { EventStore } from './event-store.ts';
import { type StoreUnderTest, streamOf, versionsOf } from './store-under-test.ts';

/** One stream. */
export function loadContract({ open }: StoreUnderTest): void {
  it('SHR-11 ORD-32 CIM-20 T-10 loads a range, both ends included', async () => {
    const store = open();
    const stream = await streamOf(store, 5);
    expect(versionsOf(await store.load(stream))).toEqual([1, 2, 3, 4, 5]);
    expect(versionsOf(await store.load(stream, { fromVersion: 4 }))).toEqual([4, 5]);
    expect(versionsOf(await store.load(stream, { toVersion: 2 }))).toEqual([1, 2]);
    expect(versionsOf(await store.load(stream, { fromVersion: 2, toVersion: 4 }))).toEqual([2, 3, 4]);
    expect(await store.load(stream, { fromVersion: 6 })).toEqual([]);
    expect(await store.load(newStream())).toEqual([]);
  });

  it('SHR-41 loads what had occurred at an instant, to the microsecond', async () => {
    const store = open();
    const stream = newStream();
    const times = ['2026-01-02T00:00:00.000001Z', '2026-01-02T00:00:01.000Z', '2026-01-02T00:00:02.000Z'];
    await store.append(appendTo(stream, { events: times.map((occurredAt) => increment({ occurredAt })) }));
    expect(await store.load(stream, { until: '2026-01-02T00:00:00.000Z' })).toEqual([]);
    expect(versionsOf(await store.load(stream, { until: '2026-01-02T00:00:00.000001Z' }))).toEqual([1]);
    expect(versionsOf(await store.load(stream, { until: '2026-01-02T00:00:01Z', fromVersion: 2 }))).toEqual([2]);
    expect(versionsOf(await store.load(stream, { until: '2027-01-01T00:00:00Z' }))).toEqual([1, 2, 3]);
  });

  it('SHR-41 ends before the first later event, so that clocks that differ leave no gap', async () => {
    const store = open();
    const stream = newStream();
    const seconds = [1, 3, 2];
    await store.append(
      appendTo(stream, { events: seconds.map((second) => increment({ occurredAt: `2026-01-02T00:00:0${second}Z` })) }),
    );
    expect(versionsOf(await store.load(stream, { until: '2026-01-02T00:00:02Z' }))).toEqual([1]);
  });

  it('T-64 hands out copies: whoever changes one changes nothing in the store', async () => {
    const store = open();
    const stream = newStream();
    const data = { by: 1, tags: ['kept'] };
    await store.append(appendTo(stream, { events: [increment({ data })] }));
    data.tags.push('too late');
    const [loaded] = await store.load(stream);
    (loaded?.data as typeof data).tags.push('not ours');
    expect((await store.load(stream))[0]?.data).toEqual({ by: 1, tags: ['kept'] });
  });
}

/** Types and their versions. */
export function typeContract({ open }: StoreUnderTest): void {
  it('SHR-22 SHR-23 JOB-8 loads an older version in its current shape', async () => {
    const store = open();
    const stream = newStream();
    await store.append(
      appendTo(stream, {
        publish: false,
        events: [increment({ eventVersion: 1, data: { reason: 'old' } }), increment({ data: { by: 5 } })],
      }),
    );
    const loaded = await store.load(stream);
    expect(loaded.map(({ data }) => data)).toEqual([{ reason: 'old', by: 1 }, { by: 5 }]);
    expect(loaded.map(({ eventVersion }) => eventVersion)).toEqual([1, 2]);
  });

  const reset = (eventVersion: number) => increment({ type: 'CounterReset', eventVersion });

  it('T-15 SHR-22 fails loudly on a type it does not know', async () => {
    const stream = newStream();
    await open('newer').append(appendTo(stream, { events: [reset(1)] }));
    expect(await open('newer').load(stream)).toHaveLength(1);
    await expect(open().load(stream)).rejects.toMatchObject({
      code: 'UNKNOWN_EVENT_TYPE',
      facts: { type: 'CounterReset' },
    });
    await expect(open().loadForCommand(stream, { stateVersion: 1 })).rejects.toMatchObject({
      code: 'UNKNOWN_EVENT_TYPE',
    });
  });

  it('T-15 fails loudly on a version it does not know', async () => {
    const stream = newStream();
    await open('newest').append(appendTo(stream, { events: [reset(2)] }));
    await expect(open('newer').load(stream)).rejects.toMatchObject({
      code: 'UNKNOWN_EVENT_TYPE',
      facts: { version: 2, current: 1 },
    });
  });

  it('SHR-22 stores only types it knows, and announces only current versions', async () => {
    const unknown = appendTo(newStream(), { events: [reset(1)] });
    await expect(open().append(unknown)).rejects.toMatchObject({ code: 'UNKNOWN_EVENT_TYPE' });
    const old = appendTo(newStream(), { events: [increment({ eventVersion: 1 })] });
    await expect(open().append(old)).rejects.toThrow('announced in version 2');
  });
}

async function readToEnd(store: EventStore, limit: number): Promise<{ events: RecordedEvent[]; skipped: number }> {
  const events: RecordedEvent[] = [];
  let skipped = 0;
  for (let after: string | undefined; ;) {
    const page = await store.readAll({ after, limit });
    if (page.events.length + page.skipped === 0) return { events, skipped };
    events.push(...page.events);
    skipped += page.skipped;
    after = page.cursor;
  }
}

/** The whole store. */
export function readAllContract({ open, eventually }: StoreUnderTest): void {
  it('SHR-11 TOX-12 T-4 visits every event once, each stream in order, whatever the size of a page', async () => {
    const store = open('newest');
    const streams = await Promise.all([3, 1, 5].map((count) => streamOf(store, count)));
    await eventually(async () => {
      const whole = (await readToEnd(store, 1_000)).events;
      for (const stream of streams) {
        expect(whole.filter(({ aggregateId }) => aggregateId === stream.aggregateId)).toEqual(await store.load(stream));
      }
      for (const limit of [1, 2, 7]) expect((await readToEnd(store, limit)).events).toEqual(whole);
      expect(new Set(whole.map(({ tenantId, eventId }) => `${tenantId} ${eventId}`)).size).toBe(whole.length);
    });
  });

  it('T-15 skips and counts types that are not its business', async () => {
    const before = await readToEnd(open(), 100);
    await open('newest').append(appendTo(newStream(), { events: [increment({ type: 'CounterReset' })] }));
    await eventually(async () => {
      expect((await readToEnd(open(), 100)).skipped).toBe(before.skipped + 1);
    });
  });

  it('SHR-11 stays at its cursor at the end, and goes on from there', async () => {
    const store = open('newest');
    const first = await store.readAll({ limit: 1_000_000 });
    const stream = await streamOf(store, 2);
    await eventually(async () => {
      const next = await store.readAll({ after: first.cursor, limit: 10 });
      expect(next.events).toEqual(await store.load(stream));
      expect(await store.readAll({ after: next.cursor, limit: 10 })).toEqual({
        events: [],
        skipped: 0,
        cursor: next.cursor,
      });
    });
  });

  it('SHR-11 refuses what is no cursor', async () => {
    await expect(open().readAll({ after: 'nonsense', limit: 1 })).rejects.toThrow('not a cursor');
  });
}

/** The whole store since an instant. */
export function readSinceContract({ open, eventually }: StoreUnderTest): void {
  it('TOX-12 T-4 since an instant visits every event of it once, however many share it and whatever came before', async () => {
    const store = open('newest');
    const at = (occurredAt: string, count: number) =>
      store.append(
        appendTo(stream, {
          expectedVersion: version,
          events: Array.from({ length: count }, () => increment({ occurredAt })),
          // The outbox refuses times that Kafka would: the years ahead keep other tests' events out.
          publish: false,
        }),
      );
    const stream = newStream();
    let version = 0;
    // A writer whose clock is late commits an earlier time after a later one.
    version = await at('2031-01-01T00:00:00.000Z', 5);
    version = await at('2030-12-31T23:59:59.999999Z', 2);
    version = await at('2031-01-01T00:00:00.000Z', 4);
    version = await at('2031-01-01T00:00:00.000001Z', 1);
    const since = '2031-01-01T00:00:00Z';
    await eventually(async () => {
      const seen: number[] = [];
      for (let after: string | undefined; ;) {
        const page = await store.readAll({ after, since, limit: 3 });
        if (page.events.length === 0) break;
        seen.push(
          ...page.events
            .filter(({ aggregateId }) => aggregateId === stream.aggregateId)
            .map((event) => event.sequenceNumber),
        );
        after = page.cursor;
      }
      expect(seen).toEqual([1, 2, 3, 4, 5, 8, 9, 10, 11, 12]);
    });
  });
}
