import { randomUUID } from 'node:crypto';

import { describe, expect, it } from '@jest/globals';
import type { StreamId } from '@millrace/core';
import { InMemoryEventStore } from '@millrace/event-store';
import fc from 'fast-check';

import { add, type Added, changedStore, context, type Counter, counter, counterEvents } from './counter.fixture.ts';
import { CommandHandler, loadState } from './index.ts';
import { rehydrate } from './rehydrate.ts';

const store = new InMemoryEventStore(counterEvents);

const instant = (second: number) => new Date(Date.UTC(2026, 0, 2) + second * 1_000).toISOString();

/** A counter that got its amounts one a second, with a snapshot every `interval` events. */
async function counterOf(amounts: readonly number[], interval = 3): Promise<StreamId> {
  const stream = { tenantId: 'acme', aggregateType: 'counter', aggregateId: randomUUID() };
  const handler = new CommandHandler({ store, catalogue: counterEvents, snapshotIntervalEvents: interval });
  for (const [second, amount] of amounts.entries()) {
    await handler.handle(add(stream.aggregateId, [amount], { context: { ...context, now: instant(second) } }));
  }
  return stream;
}

/** State after each event, by folding all of them: index 0 is the initial state. */
function replayed(amounts: readonly number[]): Counter[] {
  const states = [counter.initialState];
  for (const [second, amount] of amounts.entries()) {
    const event: Added = { type: 'Added', data: { amount, note: instant(second) } };
    states.push(counter.evolve(states.at(-1) as Counter, event));
  }
  return states;
}

const history = fc.array(fc.nat(1_000), { minLength: 1, maxLength: 12 });

describe('loadState', () => {
  it('SHR-41 ORD-57 equals a replay at every version, whatever snapshots there are', async () => {
    await fc.assert(
      fc.asyncProperty(history, fc.integer({ min: 1, max: 5 }), async (amounts, interval) => {
        const stream = await counterOf(amounts, interval);
        const states = replayed(amounts);
        for (let version = 1; version <= amounts.length; version += 1) {
          expect(await loadState({ store, decider: counter, stream, when: { version } })).toEqual({
            version,
            state: states[version],
          });
        }
      }),
      { numRuns: 40 },
    );
  });

  it('SHR-41 T-25 equals a replay at every instant, whatever snapshots there are', async () => {
    await fc.assert(
      fc.asyncProperty(history, fc.integer({ min: 1, max: 5 }), async (amounts, interval) => {
        const stream = await counterOf(amounts, interval);
        const states = replayed(amounts);
        for (let version = 0; version <= amounts.length; version += 1) {
          const at = instant(version - 0.5);
          expect(await loadState({ store, decider: counter, stream, when: { at } })).toEqual({
            version,
            state: states[version],
          });
        }
      }),
      { numRuns: 40 },
    );
  });

  it('SHR-20 SHR-40 a state that went through a snapshot equals the one that was folded live', async () => {
    await fc.assert(
      fc.asyncProperty(history, async (amounts) => {
        const stream = await counterOf(amounts, amounts.length);
        const snapshot = await store.latestSnapshot(stream, { stateVersion: 1 });
        expect(snapshot).toEqual({ sequenceNumber: amounts.length, stateVersion: 1, state: replayed(amounts).at(-1) });
      }),
      { numRuns: 40 },
    );
  });

  it('SHR-41 is the newest state by default, and the initial one before the first event', async () => {
    const stream = await counterOf([1, 2]);
    expect(await loadState({ store, decider: counter, stream })).toMatchObject({ version: 2, state: { total: 3 } });
    const before = await loadState({ store, decider: counter, stream, when: { at: '2020-01-01T00:00:00Z' } });
    expect(before).toEqual({ version: 0, state: counter.initialState });
  });

  it('ORD-57 refuses a version beyond the head', async () => {
    const stream = await counterOf([1, 2, 3, 4]);
    const beyond = loadState({ store, decider: counter, stream, when: { version: 5 } });
    await expect(beyond).rejects.toMatchObject({ code: 'VERSION_NOT_REACHED', facts: { wanted: 5, actual: 4 } });
  });

  it('SHR-41 T-25 uses the newest snapshot that is not later, and no other', async () => {
    const stream = await counterOf([1, 1, 1, 1, 1, 1, 1], 3);
    const loads: unknown[] = [];
    const watching = changedStore(store, {
      load: (id, range) => {
        loads.push(range?.fromVersion);
        return store.load(id, range);
      },
    });
    for (const version of [2, 3, 5, 6, 7])
      await loadState({ store: watching, decider: counter, stream, when: { version } });
    expect(loads).toEqual([1, 4, 4, 7, 7]);
  });
});

describe('rehydrate', () => {
  it('T-15 refuses to fold over a missing event', async () => {
    const [first, , third] = await store.load(await counterOf([1, 2, 3]));
    if (!first || !third) throw new Error('three events expected');
    expect(() => rehydrate(counter, { events: [first, third] })).toThrow(
      expect.objectContaining({ code: 'CORRUPT_STREAM' }),
    );
    expect(() => rehydrate(counter, { events: [third] })).toThrow(expect.objectContaining({ code: 'CORRUPT_STREAM' }));
  });

  it('ORD-29 changes neither state nor events', async () => {
    const events = await store.load(await counterOf([1, 2]));
    const before = structuredClone(events);
    expect(rehydrate(counter, { events })).toEqual(rehydrate(counter, { events }));
    expect(events).toEqual(before);
    expect(counter.initialState).toEqual({ total: 0, amounts: [], last: null });
  });
});
