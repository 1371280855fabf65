/** What an append keeps, numbers and refuses. */
import { randomUUID } from 'node:crypto';

import { expect, it } from '@jest/globals';

import { appendTo, causation, increment, increments, newStream } from './event-store.fixture.ts';
import { stored, type StoreUnderTest, streamOf, versionsOf } from './store-under-test.ts';

/** Numbers and envelope. */
export function appendContract({ open }: StoreUnderTest): void {
  it('T-10 SHR-9 ORD-31 numbers events from 1 and answers the new version', async () => {
    const store = open();
    const stream = newStream();
    expect(await store.append(appendTo(stream, { events: increments(2) }))).toBe(2);
    expect(await store.append(appendTo(stream, { expectedVersion: 2, events: increments(1) }))).toBe(3);
    expect(versionsOf(await store.load(stream))).toEqual([1, 2, 3]);
  });

  it('SHR-4 ORD-10 keeps every field of the envelope', async () => {
    const store = open();
    const stream = newStream();
    const event = increment({
      data: { by: 2, nested: [{ text: 'ä "\\ 🙂' }, null, 1.5] },
      metadata: { origin: 'spec' },
    });
    await store.append(appendTo(stream, { events: [event] }));
    expect(await store.load(stream)).toEqual([{ ...event, ...stream, ...causation, sequenceNumber: 1 }]);
  });

  it('SHR-4 keeps times to the microsecond, in one notation', async () => {
    const store = open();
    const stream = newStream();
    const times = [
      '2026-01-02T03:04:05Z',
      '2026-01-02T03:04:05.1Z',
      '2026-01-02T03:04:05.123400Z',
      '2026-01-02T03:04:05.123000Z',
    ];
    await store.append(appendTo(stream, { events: times.map((occurredAt) => increment({ occurredAt })) }));
    expect((await store.load(stream)).map(({ occurredAt }) => occurredAt)).toEqual([
      '2026-01-02T03:04:05.000Z',
      '2026-01-02T03:04:05.100Z',
      '2026-01-02T03:04:05.123400Z',
      '2026-01-02T03:04:05.123Z',
    ]);
  });

  it('SHR-4 refuses a time that is not RFC 3339 in UTC', async () => {
    const append = appendTo(newStream(), { events: [increment({ occurredAt: '2026-01-02 03:04' })] });
    await expect(open().append(append)).rejects.toThrow('RFC 3339');
  });
}

/** Tenants and event ids. */
export function identityContract({ open }: StoreUnderTest): void {
  it('T-3 T-19 TOX-11 keeps streams of tenants and of types apart, though their ids be equal', async () => {
    const store = open();
    const ours = newStream('acme');
    const theirs = { ...ours, tenantId: 'globex' };
    const event = increment();
    await store.append(appendTo(ours, { events: [event] }));
    expect(await store.load(theirs)).toEqual([]);
    expect(await store.append(appendTo(theirs, { events: [event] }))).toBe(1);
    const timer = { ...ours, aggregateType: 'timer' };
    expect(await store.load(timer)).toEqual([]);
    expect(await store.append(appendTo(timer, { events: increments(2) }))).toBe(2);
    expect(await store.load(ours)).toMatchObject([{ aggregateType: 'counter', eventId: event.eventId }]);
  });

  it('ORD-33 refuses an event id that the tenant has, in the store or in the same append', async () => {
    const store = open();
    const event = increment();
    await store.append(appendTo(newStream(), { events: [event] }));
    const second = newStream();
    await expect(store.append(appendTo(second, { events: [increment(), event] }))).rejects.toMatchObject({
      code: 'DUPLICATE_EVENT',
    });
    const twin = increment();
    await expect(store.append(appendTo(second, { events: [twin, twin] }))).rejects.toMatchObject({
      code: 'DUPLICATE_EVENT',
    });
    expect(await store.load(second)).toEqual([]);
  });
}

/** Expected versions. */
export function competitionContract({ open }: StoreUnderTest): void {
  it('SHR-8 T-8 TOX-10 refuses a stale version, with what was expected and what is', async () => {
    const store = open();
    const stream = await streamOf(store, 3);
    for (const expectedVersion of [0, 1, 2]) {
      const stale = store.append(appendTo(stream, { expectedVersion, events: increments(2) }));
      await expect(stale).rejects.toMatchObject({
        code: 'VERSION_CONFLICT',
        retriable: true,
        facts: { expected: expectedVersion, actual: 3 },
      });
    }
    expect(versionsOf(await store.load(stream))).toEqual([1, 2, 3]);
  });

  it('SHR-8 T-10 refuses a version ahead of the stream: there can be no gap', async () => {
    const store = open();
    const stream = await streamOf(store, 3);
    for (const expectedVersion of [4, 7]) {
      const ahead = store.append(appendTo(stream, { expectedVersion }));
      await expect(ahead).rejects.toMatchObject({
        code: 'VERSION_CONFLICT',
        facts: { expected: expectedVersion, actual: 3 },
      });
    }
    const absent = store.append(appendTo(newStream(), { expectedVersion: 1 }));
    await expect(absent).rejects.toMatchObject({ code: 'VERSION_CONFLICT', facts: { expected: 1, actual: 0 } });
    expect(versionsOf(await store.load(stream))).toEqual([1, 2, 3]);
  });

  it('JOB-7 T-64 lets exactly one of 100 interleaved appends win', async () => {
    const store = open();
    const stream = await streamOf(store, 1);
    const results = await Promise.allSettled(
      Array.from({ length: 100 }, () => store.append(appendTo(stream, { expectedVersion: 1, events: increments(2) }))),
    );
    const refused = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
    expect(refused).toHaveLength(99);
    expect(refused).toEqual(refused.map(() => expect.objectContaining({ code: 'VERSION_CONFLICT' })));
    expect(versionsOf(await store.load(stream))).toEqual([1, 2, 3]);
  });
}

/** Idempotency keys. */
export function answerContract({ open }: StoreUnderTest): void {
  it('T-23 SHR-29 keeps the answer with the events, per tenant', async () => {
    const store = open();
    const key = randomUUID();
    await store.append(appendTo(newStream('acme'), { idempotency: { key, ...stored } }));
    expect(await store.findAnswer('acme', key)).toEqual(stored);
    expect(await store.findAnswer('globex', key)).toBeUndefined();
    expect(await store.append(appendTo(newStream('globex'), { idempotency: { key, ...stored } }))).toBe(1);
  });

  it('T-23 refuses a key that is taken, and writes nothing', async () => {
    const store = open();
    const key = randomUUID();
    await store.append(appendTo(newStream(), { idempotency: { key, ...stored } }));
    const stream = newStream();
    const second = store.append(appendTo(stream, { idempotency: { key, ...stored, requestHash: 'other' } }));
    await expect(second).rejects.toMatchObject({ code: 'IDEMPOTENCY_KEY_TAKEN' });
    expect(await store.load(stream)).toEqual([]);
    expect(await store.findAnswer('acme', key)).toEqual(stored);
  });

  it('T-23 keeps no answer for an append that is refused', async () => {
    const store = open();
    const stream = await streamOf(store, 1);
    const key = randomUUID();
    await expect(store.append(appendTo(stream, { idempotency: { key, ...stored } }))).rejects.toMatchObject({
      code: 'VERSION_CONFLICT',
    });
    expect(await store.findAnswer('acme', key)).toBeUndefined();
  });

  it('SHR-21 keeps an answer without events, if the version is right', async () => {
    const store = open();
    const stream = await streamOf(store, 2);
    const key = randomUUID();
    const empty = { events: [], idempotency: { key, ...stored } };
    await expect(store.append(appendTo(stream, { expectedVersion: 1, ...empty }))).rejects.toMatchObject({
      code: 'VERSION_CONFLICT',
    });
    expect(await store.append(appendTo(stream, { expectedVersion: 2, ...empty }))).toBe(2);
    expect(await store.findAnswer('acme', key)).toEqual(stored);
    expect(versionsOf(await store.load(stream))).toEqual([1, 2]);
  });
}
