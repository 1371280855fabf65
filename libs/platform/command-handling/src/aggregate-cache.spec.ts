import { randomUUID } from 'node:crypto';

import { beforeEach, describe, expect, it } from '@jest/globals';
import { type CommandNeeds, EventMemory, type EventStore, InMemoryEventStore } from '@millrace/event-store';
import fc from 'fast-check';

import { add, changedStore, context, counterEvents, raiseTo } from './counter.fixture.ts';
import { CommandHandler, type CommandHandlerOptions } from './index.ts';

let store: InMemoryEventStore;
let asked: (number | undefined)[];
let id: string;
beforeEach(() => {
  store = new InMemoryEventStore(counterEvents);
  asked = [];
  id = randomUUID();
});

/** One replica of an API: a handler with a cache of its own. What it asks the store for goes into `asked`. */
function replica(options: Partial<CommandHandlerOptions> = {}): CommandHandler {
  const { store: under = store } = options;
  const watched = changedStore(under, {
    loadForCommand: (stream, needs: CommandNeeds) => {
      asked.push(needs.knownVersion);
      return under.loadForCommand(stream, needs);
    },
  });
  return new CommandHandler({ catalogue: counterEvents, aggregatesCached: 100, ...options, store: watched });
}

const amountsOf = async (events: EventStore = store, aggregateId = id) =>
  (await events.load({ tenantId: 'acme', aggregateType: 'counter', aggregateId })).map(
    ({ data }) => (data as { amount: number }).amount,
  );

describe('aggregate cache', () => {
  it('ACC-30 asks only for what came after the version that it knows', async () => {
    const handler = replica();
    await handler.handle(add(id, [1, 2]));
    await handler.handle(raiseTo(id, 10));
    await handler.handle(add(id, [-11]));
    await handler.handle(raiseTo(id, 12));
    expect(asked).toEqual([undefined, 2, 3, 3]);
    expect(await amountsOf()).toEqual([1, 2, 7, 2]);
  });

  it('ACC-30 T-24 two replicas that take turns: all commands succeed, each decides on the newest state', async () => {
    const replicas = [replica(), replica()];
    for (let total = 1; total <= 20; total += 1) {
      const outcome = await replicas[total % 2]?.handle(raiseTo(id, total));
      expect(outcome).toMatchObject({ outcome: 'accepted', acknowledgment: { version: total } });
    }
    expect(await amountsOf()).toEqual(Array<number>(20).fill(1));
    expect(asked.slice(0, 6)).toEqual([undefined, undefined, 1, 2, 3, 4]);
  });

  it('ACC-30 T-24 a conflict evicts: the next try loads everything', async () => {
    let overtake = true;
    const overtaken = changedStore(store, {
      append: async (append) => {
        if (overtake && append.expectedVersion > 0) {
          overtake = false;
          await new CommandHandler({ store, catalogue: counterEvents }).handle(add(id, [5]));
        }
        return store.append(append);
      },
    });
    const handler = replica({ store: overtaken });
    await handler.handle(add(id, [1]));
    expect(await handler.handle(raiseTo(id, 10))).toMatchObject({ acknowledgment: { version: 3 } });
    expect(asked).toEqual([undefined, 1, undefined]);
    expect(await amountsOf()).toEqual([1, 5, 4]);
  });

  it('T-24 keeps nothing of an append that failed', async () => {
    let broken = false;
    const append: EventStore['append'] = (request) =>
      broken ? Promise.reject(new Error('broken')) : store.append(request);
    const handler = replica({ store: changedStore(store, { append }) });
    await handler.handle(add(id, [1]));
    broken = true;
    await expect(handler.handle(add(id, [5]))).rejects.toThrow('broken');
    broken = false;
    await handler.handle(raiseTo(id, 10));
    expect(asked).toEqual([undefined, 1, 1]);
    expect(await amountsOf()).toEqual([1, 9]);
  });

  it('T-17 T-24 drops what a restore has undone, though other events have taken its numbers', async () => {
    const restored = new EventMemory();
    let current = store;
    const behind = changedStore(store, {
      loadForCommand: (stream, needs) => current.loadForCommand(stream, needs),
      append: (append) => current.append(append),
    });
    const handler = replica({ store: behind });
    await handler.handle(add(id, [1, 100]));
    current = new InMemoryEventStore(counterEvents, restored);
    await new CommandHandler({ store: current, catalogue: counterEvents }).handle(add(id, [1, 2, 3]));
    expect(await handler.handle(raiseTo(id, 10))).toMatchObject({ acknowledgment: { version: 4 } });
    expect(asked).toEqual([undefined, 2, undefined]);
    expect(await amountsOf(current)).toEqual([1, 2, 3, 4]);
  });

  it('T-23 finds the answer under a key all the same', async () => {
    const handler = replica();
    const idempotency = { key: 'key', requestHash: 'hash' };
    const first = await handler.handle(add(id, [1], { idempotency }));
    await handler.handle(add(id, [1]));
    expect(await handler.handle(add(id, [1], { idempotency }))).toEqual({ ...first, replayed: true });
  });

  it('T-24 a tenant never meets what another has cached', async () => {
    const handler = replica();
    await handler.handle(add(id, [1, 2, 3]));
    const globex = { ...context, tenantId: 'globex' };
    expect(await handler.handle(raiseTo(id, 1, { context: globex }))).toMatchObject({ acknowledgment: { version: 1 } });
  });

  it('ACC-30 is bounded: the aggregate that was used longest ago goes', async () => {
    const handler = replica({ aggregatesCached: 2 });
    for (const name of ['a', 'b', 'a', 'c', 'b', 'c']) await handler.handle(add(`${id}-${name}`, [1]));
    expect(asked).toEqual([undefined, undefined, 1, undefined, undefined, 1]);
  });

  it('ACC-30 tells of hits and misses, and is off by default', async () => {
    const heard: boolean[] = [];
    const observer = { cacheAsked: ({ hit }: { hit: boolean }) => void heard.push(hit) };
    const handler = replica({ observer });
    await handler.handle(add(id, [1]));
    await handler.handle(add(id, [1]));
    expect(heard).toEqual([false, true]);
    const without = new CommandHandler({ store, catalogue: counterEvents, observer });
    await without.handle(add(id, [1]));
    await without.handle(add(id, [1]));
    expect(heard).toHaveLength(2);
  });

  it('SHR-40 takes no more snapshots than a handler without a cache', async () => {
    const taken: number[] = [];
    const observer = { snapshotSaved: ({ version }: { version: number }) => void taken.push(version) };
    const handler = replica({ observer, snapshotIntervalEvents: 3 });
    for (let version = 1; version <= 10; version += 1) await handler.handle(add(id, [1]));
    expect(taken).toEqual([3, 6, 9]);
  });
});

const step = fc.record({
  replica: fc.nat(2),
  aggregate: fc.constantFrom('a', 'b', 'c'),
  command: fc.oneof(
    fc.record({ add: fc.array(fc.integer({ min: -5, max: 9 }), { maxLength: 3 }) }),
    fc.record({ raiseTo: fc.nat(30) }),
  ),
  ifMatch: fc.option(fc.nat(6), { nil: undefined, freq: 5 }),
  key: fc.option(fc.constantFrom('k-1', 'k-2'), { nil: undefined, freq: 4 }),
});
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

function requestOf({ aggregate, command, ifMatch, key }: Step) {
  // The same key with another request would be refused, so a key belongs to one.
  const requestHash = JSON.stringify([aggregate, command, ifMatch]);
  const idempotency = key === undefined ? undefined : { key: `${key} ${requestHash}`, requestHash };
  const change = { ifMatch, idempotency };
  return 'add' in command ? add(aggregate, command.add, change) : raiseTo(aggregate, command.raiseTo, change);
}

describe('several replicas with caches', () => {
  it('ACC-30 T-24 answer and store exactly what one without a cache does, whatever comes and whoever gets it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 30 }),
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 1, max: 4 }),
        async (steps, aggregatesCached, snapshotIntervalEvents) => {
          const shared = new InMemoryEventStore(counterEvents);
          const alone = new InMemoryEventStore(counterEvents);
          const options = { store: shared, aggregatesCached, snapshotIntervalEvents };
          const replicas = [0, 1, 2].map(() => replica(options));
          const plain = new CommandHandler({ store: alone, catalogue: counterEvents, snapshotIntervalEvents });
          for (const taken of steps) {
            const answer = await replicas[taken.replica]?.handle(requestOf(taken));
            expect(answer).toEqual(await plain.handle(requestOf(taken)));
          }
          for (const aggregate of ['a', 'b', 'c']) {
            expect(await amountsOf(shared, aggregate)).toEqual(await amountsOf(alone, aggregate));
          }
        },
      ),
      { numRuns: 150 },
    );
  });
});
