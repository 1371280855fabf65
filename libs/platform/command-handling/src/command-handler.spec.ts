import { randomUUID } from 'node:crypto';

import { beforeEach, describe, expect, it } from '@jest/globals';
import type { StreamId } from '@millrace/core';
import { type Append, type EventStore, InMemoryEventStore } from '@millrace/event-store';

import { add, changedStore, context, counter, counterEvents, raiseTo } from './counter.fixture.ts';
import { CommandHandler, type CommandObserver } from './index.ts';

let store: InMemoryEventStore;
let handler: CommandHandler;
let stream: StreamId;
let id: string;
beforeEach(() => {
  store = new InMemoryEventStore(counterEvents);
  handler = handlerOn(store);
  stream = { tenantId: 'acme', aggregateType: 'counter', aggregateId: randomUUID() };
  id = stream.aggregateId;
});

const handlerOn = (events: EventStore, observer: Partial<CommandObserver> = {}) =>
  new CommandHandler({ store: events, catalogue: counterEvents, observer });

/** The store, with `before` done ahead of its next appends, as if another writer had been faster. */
function overtaken(times: number, before: () => Promise<unknown>): EventStore {
  let left = times;
  return changedStore(store, {
    append: async (append) => {
      if (left > 0) {
        left -= 1;
        await before();
      }
      return store.append(append);
    },
  });
}

describe('an accepted command', () => {
  it('SHR-28 T-13 CIM-6 is acknowledged without data of the domain', async () => {
    expect(await handler.handle(add(id, [1, 2]))).toEqual({
      outcome: 'accepted',
      replayed: false,
      acknowledgment: {
        status: 'accepted',
        aggregateId: id,
        version: 2,
        timestamp: context.now,
        correlationId: 'correlation',
      },
    });
  });

  it('SHR-4 SHR-5 stamps its events', async () => {
    await handler.handle(add(id, [1, 2]));
    const events = await store.load(stream);
    const { correlationId, userId, sessionId, traceparent } = context;
    for (const event of events) {
      expect(event).toMatchObject({
        ...stream,
        correlationId,
        userId,
        sessionId,
        traceparent,
        eventVersion: 1,
        occurredAt: context.now,
      });
      expect(event.eventId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
    }
    expect(events[0]?.causationId).toBe(events[1]?.causationId);
    expect(events[0]?.causationId).toMatch(/^[0-9a-f]{8}-/);
  });

  it('SHR-4 names the event that made a saga send it', async () => {
    await handler.handle(add(id, [1], { context: { ...context, causationId: 'event-7' } }));
    expect((await store.load(stream))[0]?.causationId).toBe('event-7');
  });

  it('SHR-21 writes nothing when it changes nothing', async () => {
    await handler.handle(add(id, [5]));
    const failing = handlerOn(changedStore(store, { append: () => Promise.reject(new Error('no append expected')) }));
    expect(await failing.handle(raiseTo(id, 3))).toMatchObject({ outcome: 'accepted', acknowledgment: { version: 1 } });
  });
});

describe('a refused command', () => {
  it('SHR-26 T-13 names code, reason and ids, and stores nothing', async () => {
    await handler.handle(add(id, [1]));
    expect(await handler.handle(add(id, [-2]))).toEqual({
      outcome: 'rejected',
      kind: 'rule',
      code: 'COUNTER_BELOW_ZERO',
      detail: expect.any(String),
      aggregateId: id,
      version: 1,
      timestamp: context.now,
      correlationId: 'correlation',
    });
    expect(await store.load(stream)).toHaveLength(1);
  });

  it('T-23 keeps no answer: the same key may succeed later', async () => {
    const idempotency = { key: 'key', requestHash: 'hash' };
    expect(await handler.handle(add(id, [-1], { idempotency }))).toMatchObject({ outcome: 'rejected' });
    await handler.handle(add(id, [1]));
    expect(await handler.handle(add(id, [-1], { idempotency }))).toMatchObject({
      outcome: 'accepted',
      replayed: false,
    });
  });
});

describe('an idempotency key', () => {
  const idempotency = { key: 'key', requestHash: 'hash' };

  it('T-23 SHR-29 JOB-35 replays the acknowledgment of the same request, and adds nothing', async () => {
    const first = await handler.handle(add(id, [1], { idempotency }));
    await handler.handle(add(id, [1]));
    const resent = await handler.handle(
      add(id, [1], { idempotency, context: { ...context, now: '2026-01-03T00:00:00.000Z' } }),
    );
    expect(resent).toEqual({ ...first, replayed: true });
    expect(await store.load(stream)).toHaveLength(2);
  });

  it('T-23 stores the status that was answered: 201 for the command that creates, 200 for others', async () => {
    await handler.handle(add(id, [1], { idempotency }));
    await handler.handle(add(id, [1], { idempotency: { ...idempotency, key: 'second' } }));
    expect(await store.findAnswer('acme', 'key')).toMatchObject({ answerStatus: 201 });
    expect(await store.findAnswer('acme', 'second')).toMatchObject({ answerStatus: 200 });
  });

  it('T-23 replays before it looks at the version asked for', async () => {
    await handler.handle(add(id, [1]));
    const first = await handler.handle(add(id, [1], { idempotency, ifMatch: 1 }));
    expect(await handler.handle(add(id, [1], { idempotency, ifMatch: 1 }))).toEqual({ ...first, replayed: true });
  });

  it('T-23 replays an acceptance that changed nothing, even after the state has changed', async () => {
    const first = await handler.handle(raiseTo(id, 0, { idempotency }));
    await handler.handle(add(id, [1]));
    expect(await handler.handle(raiseTo(id, 0, { idempotency }))).toEqual({ ...first, replayed: true });
  });

  it('SHR-29 belongs to one request', async () => {
    await handler.handle(add(id, [1], { idempotency }));
    const other = handler.handle(add(id, [2], { idempotency: { ...idempotency, requestHash: 'other' } }));
    await expect(other).rejects.toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
  });

  it('T-23 replays when its twin commits meanwhile, on the same aggregate or on another', async () => {
    for (const twinId of [id, randomUUID()]) {
      const key = { key: randomUUID(), requestHash: 'hash' };
      const late = handlerOn(overtaken(1, () => handler.handle(add(twinId, [1], { idempotency: key }))));
      const outcome = await late.handle(add(id, [1], { idempotency: key }));
      expect(outcome).toMatchObject({ outcome: 'accepted', replayed: true, acknowledgment: { aggregateId: twinId } });
    }
    expect(await store.load(stream)).toHaveLength(1);
  });
});

describe('a faster writer', () => {
  it('SHR-8 T-8 makes it decide again on the new state', async () => {
    await handler.handle(add(id, [1]));
    const late = handlerOn(overtaken(3, () => handler.handle(add(id, [2]))));
    expect(await late.handle(raiseTo(id, 10))).toMatchObject({ outcome: 'accepted', acknowledgment: { version: 5 } });
    expect((await store.load(stream)).map(({ data }) => (data as { amount: number }).amount)).toEqual([1, 2, 2, 2, 3]);
  });

  it('SHR-8 ends it with VERSION_CONFLICT after six tries', async () => {
    let conflicts = 0;
    const late = handlerOn(
      overtaken(Infinity, () => handler.handle(add(id, [1]))),
      { conflict: () => (conflicts += 1) },
    );
    await expect(late.handle(add(id, [5]))).rejects.toMatchObject({ code: 'VERSION_CONFLICT' });
    expect(conflicts).toBe(6);
    expect(await store.load(stream)).toHaveLength(6);
  });

  it('TOX-38 is tried as often as configured', async () => {
    const busy = overtaken(Infinity, () => handler.handle(add(id, [1])));
    for (const mostAttempts of [1, 3]) {
      let conflicts = 0;
      const observer = { conflict: () => (conflicts += 1) };
      const late = new CommandHandler({ store: busy, catalogue: counterEvents, observer, mostAttempts });
      await expect(late.handle(add(id, [5]))).rejects.toMatchObject({ code: 'VERSION_CONFLICT' });
      expect(conflicts).toBe(mostAttempts);
    }
  });

  it('SHR-8 is a failed precondition for whoever asked for a version', async () => {
    await handler.handle(add(id, [1]));
    const failed = {
      outcome: 'precondition-failed',
      expectedVersion: 1,
      aggregateId: id,
      version: 2,
      timestamp: context.now,
      correlationId: 'correlation',
    };
    const late = handlerOn(overtaken(1, () => handler.handle(add(id, [2]))));
    expect(await late.handle(add(id, [5], { ifMatch: 1 }))).toEqual(failed);
    expect(await handler.handle(add(id, [5], { ifMatch: 1 }))).toEqual(failed);
    expect(await handler.handle(add(id, [5], { ifMatch: 2 }))).toMatchObject({
      outcome: 'accepted',
      acknowledgment: { version: 3 },
    });
  });

  it('SHR-26 other failures are not tried again', async () => {
    let tries = 0;
    const append = (_: Append) => {
      tries += 1;
      return Promise.reject(new Error('broken'));
    };
    await expect(handlerOn(changedStore(store, { append })).handle(add(id, [1]))).rejects.toThrow('broken');
    expect(tries).toBe(1);
  });
});

describe('observer', () => {
  it('SHR-40 JOB-11 hears of every end of a command', async () => {
    const heard: [string, unknown][] = [];
    const hear = (name: string) => (fact: object) => void heard.push([name, { ...fact }]);
    const names = ['accepted', 'rejected', 'preconditionFailed', 'conflict', 'loaded'] as const;
    const observer = Object.fromEntries(names.map((name) => [name, hear(name)])) as Partial<CommandObserver>;
    const observed = handlerOn(
      overtaken(1, () => handler.handle(add(id, [1]))),
      observer,
    );
    const fact = { command: 'Add', aggregateType: counter.aggregateType };
    const idempotency = { key: 'key', requestHash: 'hash' };

    await observed.handle(add(id, [1, 1], { idempotency }));
    await observed.handle(add(id, [1, 1], { idempotency }));
    await observed.handle(add(id, [-9]));
    await observed.handle(add(id, [1], { ifMatch: 1 }));
    expect(heard).toEqual([
      ['loaded', { ...fact, eventsReplayed: 0 }],
      ['conflict', fact],
      ['loaded', { ...fact, eventsReplayed: 1 }],
      ['accepted', { ...fact, eventTypes: ['Added', 'Added'], replayed: false }],
      ['accepted', { ...fact, eventTypes: [], replayed: true }],
      ['loaded', { ...fact, eventsReplayed: 3 }],
      ['rejected', { ...fact, code: 'COUNTER_BELOW_ZERO' }],
      ['loaded', { ...fact, eventsReplayed: 3 }],
      ['preconditionFailed', fact],
    ]);
  });
});
