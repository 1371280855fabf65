import { randomUUID } from 'node:crypto';

import { beforeEach, describe, expect, it } from '@jest/globals';
import type { StreamId } from '@millrace/core';
import { InMemoryEventStore, type Snapshot } from '@millrace/event-store';

import { add, changedStore, counter, counterEvents } from './counter.fixture.ts';
import { CommandHandler, type CommandHandlerOptions, loadState } from './index.ts';

let store: InMemoryEventStore;
let stream: StreamId;
let id: string;
beforeEach(() => {
  store = new InMemoryEventStore(counterEvents);
  stream = { tenantId: 'acme', aggregateType: 'counter', aggregateId: randomUUID() };
  id = stream.aggregateId;
});

/** A handler and, as it goes, the versions of the snapshots it takes and the events it replays per load. */
function observedHandler(options: Partial<CommandHandlerOptions> = {}) {
  const snapshots: number[] = [];
  const replayed: number[] = [];
  const observer = {
    snapshotSaved: ({ version }: { version: number }) => void snapshots.push(version),
    loaded: ({ eventsReplayed }: { eventsReplayed: number }) => void replayed.push(eventsReplayed),
  };
  const handler = new CommandHandler({ store, catalogue: counterEvents, observer, ...options });
  return { handler, snapshots, replayed };
}

describe('snapshots', () => {
  it('ORD-37 SHR-40 one after 100 events, still one after 199, two after 200', async () => {
    const { handler, snapshots } = observedHandler();
    const taken: number[][] = [];
    for (let version = 1; version <= 200; version += 1) {
      await handler.handle(add(id, [1]));
      if ([99, 100, 199, 200].includes(version)) taken.push([...snapshots]);
    }
    expect(taken).toEqual([[], [100], [100], [100, 200]]);
  });

  it('ORD-36 T-25 are due by distance, when commands jump over a multiple of the interval', async () => {
    const { handler, snapshots } = observedHandler({ snapshotIntervalEvents: 10 });
    for (let command = 1; command <= 10; command += 1) await handler.handle(add(id, [1, 1, 1, 1]));
    expect(snapshots).toEqual([12, 24, 36]);
  });

  it('ORD-40 bound what a load replays, in a stream of 1,000 events', async () => {
    const { handler, replayed } = observedHandler();
    for (let version = 1; version <= 1_000; version += 1) await handler.handle(add(id, [1]));
    expect(Math.max(...replayed)).toBe(99);
  });

  it('ORD-38 are used: no event before the newest one is folded again', async () => {
    const { handler } = observedHandler({ snapshotIntervalEvents: 10 });
    for (let version = 1; version <= 25; version += 1) await handler.handle(add(id, [1]));
    const folded: number[] = [];
    const watching = {
      ...counter,
      evolve: (state: never, event: never) => (folded.push(1), counter.evolve(state, event)),
    };
    expect(await loadState({ store, decider: watching, stream })).toMatchObject({ version: 25, state: { total: 25 } });
    expect(folded).toHaveLength(5);
  });

  it('T-25 are taken only after the events are stored', async () => {
    const seen: number[] = [];
    const saveSnapshot = async (_: StreamId, { sequenceNumber }: Snapshot) => {
      seen.push(sequenceNumber, (await store.load(stream)).length);
    };
    const { handler } = observedHandler({ store: changedStore(store, { saveSnapshot }), snapshotIntervalEvents: 3 });
    await handler.handle(add(id, [1, 1, 1]));
    expect(seen).toEqual([3, 3]);
  });

  it('T-25 that cannot be taken fail no command, and are tried again by the next', async () => {
    const failures: unknown[] = [];
    const saveSnapshot = () => Promise.reject(new Error('disk full'));
    const { handler } = observedHandler({
      store: changedStore(store, { saveSnapshot }),
      snapshotIntervalEvents: 2,
      observer: { snapshotFailed: ({ error }) => void failures.push(error) },
    });
    expect(await handler.handle(add(id, [1, 1]))).toMatchObject({ outcome: 'accepted' });
    expect(await handler.handle(add(id, [1]))).toMatchObject({ outcome: 'accepted' });
    expect(failures).toHaveLength(2);
    const healthy = observedHandler({ snapshotIntervalEvents: 2 });
    await healthy.handler.handle(add(id, [1]));
    expect(healthy.snapshots).toEqual([4]);
  });

  it('T-25 of another shape are ignored, and a new one is taken at once', async () => {
    const { handler } = observedHandler({ snapshotIntervalEvents: 10 });
    await handler.handle(add(id, Array<number>(10).fill(1)));
    const reshaped = { ...counter, stateVersion: 2 };
    const after = observedHandler({ snapshotIntervalEvents: 10 });
    await after.handler.handle(add(id, [1], { decider: reshaped }));
    expect(after.replayed).toEqual([10]);
    expect(after.snapshots).toEqual([11]);
    expect(await store.latestSnapshot(stream, { stateVersion: 2 })).toMatchObject({
      sequenceNumber: 11,
      state: { total: 11 },
    });
  });

  it('T-10 decide rightly at the border of a snapshot', async () => {
    const { handler } = observedHandler();
    await handler.handle(add(id, Array<number>(99).fill(1)));
    for (const expected of [100, 101, 102]) {
      expect(await handler.handle(add(id, [1], { ifMatch: expected - 1 }))).toMatchObject({
        acknowledgment: { version: expected },
      });
      expect(await loadState({ store, decider: counter, stream })).toMatchObject({
        version: expected,
        state: { total: expected },
      });
    }
  });
});
