/** What makes commands quick: snapshots, and everything in one load. */
import { randomUUID } from 'node:crypto';

import { expect, it } from '@jest/globals';

import { appendTo, increment, newStream } from './event-store.fixture.ts';
import { stored, type StoreUnderTest, streamOf, versionsOf } from './store-under-test.ts';

/** Snapshots. */
export function snapshotContract({ open }: StoreUnderTest): void {
  const snapshotAt = (sequenceNumber: number, stateVersion = 1) => ({
    sequenceNumber,
    stateVersion,
    state: { total: sequenceNumber, list: [] },
  });

  it('SHR-40 ORD-36 finds the newest one of the right shape within the range', async () => {
    const store = open();
    const stream = await streamOf(store, 10);
    for (const snapshot of [snapshotAt(2), snapshotAt(4), snapshotAt(6, 2)])
      await store.saveSnapshot(stream, snapshot, 5);
    expect(await store.latestSnapshot(stream, { stateVersion: 1 })).toEqual(snapshotAt(4));
    expect(await store.latestSnapshot(stream, { stateVersion: 2 })).toEqual(snapshotAt(6, 2));
    expect(await store.latestSnapshot(stream, { stateVersion: 3 })).toBeUndefined();
    expect(await store.latestSnapshot(stream, { stateVersion: 1, toVersion: 4 })).toEqual(snapshotAt(4));
    expect(await store.latestSnapshot(stream, { stateVersion: 1, toVersion: 3 })).toEqual(snapshotAt(2));
    expect(await store.latestSnapshot(stream, { stateVersion: 1, toVersion: 1 })).toBeUndefined();
    expect(await store.latestSnapshot(newStream(), { stateVersion: 1 })).toBeUndefined();
  });

  it('T-25 finds none that covers an event after the instant', async () => {
    const store = open();
    const stream = await streamOf(store, 10);
    for (const snapshot of [snapshotAt(2), snapshotAt(4)]) await store.saveSnapshot(stream, snapshot, 5);
    const until = async (second: number) =>
      store.latestSnapshot(stream, { stateVersion: 1, until: `2026-01-02T00:00:0${second}.000Z` });
    expect(await until(0)).toBeUndefined();
    expect(await until(1)).toEqual(snapshotAt(2));
    expect(await until(2)).toEqual(snapshotAt(2));
    expect(await until(3)).toEqual(snapshotAt(4));
  });

  it('ORD-39 keeps the newest, and takes one twice without harm', async () => {
    const store = open();
    const stream = await streamOf(store, 10);
    for (const version of [1, 2, 3, 4, 5, 5]) await store.saveSnapshot(stream, snapshotAt(version), 3);
    const kept = await Promise.all(
      [1, 2, 3, 4, 5].map((toVersion) => store.latestSnapshot(stream, { stateVersion: 1, toVersion })),
    );
    expect(kept.map((snapshot) => snapshot?.sequenceNumber)).toEqual([undefined, undefined, 3, 4, 5]);
  });
}

/** All that a command needs. */
export function commandContract({ open }: StoreUnderTest): void {
  it('ORD-38 T-10 finds snapshot and tail on either side of their border', async () => {
    const store = open();
    for (const [length, tail] of [
      [99, []],
      [100, [100]],
      [101, [100, 101]],
    ] as const) {
      const stream = await streamOf(store, length);
      await store.saveSnapshot(stream, { sequenceNumber: 99, stateVersion: 1, state: { total: 1 } }, 3);
      const { snapshot, events, answer } = await store.loadForCommand(stream, { stateVersion: 1 });
      expect({ snapshot, tail: versionsOf(events), answer }).toEqual({
        snapshot: { sequenceNumber: 99, stateVersion: 1, state: { total: 1 } },
        tail,
        answer: undefined,
      });
    }
  });

  it('T-25 finds all events when no snapshot has the right shape', async () => {
    const store = open();
    const stream = await streamOf(store, 3);
    await store.saveSnapshot(stream, { sequenceNumber: 2, stateVersion: 1, state: {} }, 3);
    const basis = await store.loadForCommand(stream, { stateVersion: 2 });
    expect(basis.snapshot).toBeUndefined();
    expect(basis.events).toEqual(await store.load(stream));
  });

  it('T-23 finds the answer under the key, also where there are no events', async () => {
    const store = open();
    const key = randomUUID();
    await store.append(appendTo(newStream(), { idempotency: { key, ...stored } }));
    const needs = { stateVersion: 1, idempotencyKey: key };
    expect(await store.loadForCommand(newStream(), needs)).toEqual({ events: [], answer: stored });
    expect(await store.loadForCommand(newStream('globex'), needs)).toEqual({ events: [] });
  });
}

/** What of a command's load need not be read again, and what may close a tenant. */
export function tailAndGateContract({ open }: StoreUnderTest): void {
  it('ACC-30 T-24 finds the tail from a known version on, that one included, and no snapshot', async () => {
    const store = open();
    const stream = await streamOf(store, 5);
    await store.saveSnapshot(stream, { sequenceNumber: 4, stateVersion: 1, state: {} }, 3);
    for (const [knownVersion, tail] of [
      [1, [1, 2, 3, 4, 5]],
      [4, [4, 5]],
      [5, [5]],
      [6, []],
    ] as const) {
      const { snapshot, events } = await store.loadForCommand(stream, { stateVersion: 1, knownVersion });
      expect({ snapshot, tail: versionsOf(events) }).toEqual({ snapshot: undefined, tail });
    }
  });

  it('T-66 finds the newest event of a gate among those that count, in the same tenant', async () => {
    const store = open('newest');
    const tenant = randomUUID();
    const gateStream = { tenantId: tenant, aggregateType: 'counter', aggregateId: tenant };
    const stream = newStream(tenant);
    const gate = { aggregateType: 'counter', aggregateId: tenant, eventTypes: ['CounterReset'] };
    const found = async (from = stream, wanted = gate) =>
      (await store.loadForCommand(from, { stateVersion: 1, gate: wanted })).gate;

    expect(await found()).toBeUndefined();
    await store.append(appendTo(gateStream, { events: [increment()] }));
    expect(await found()).toBeUndefined();
    const reset = increment({ type: 'CounterReset', eventVersion: 2 });
    await store.append(appendTo(gateStream, { expectedVersion: 1, events: [reset, increment()] }));
    expect(await found()).toBe('CounterReset');
    expect(await found(stream, { ...gate, eventTypes: ['CounterReset', 'CounterIncremented'] })).toBe(
      'CounterIncremented',
    );
    expect(await found({ ...stream, tenantId: 'globex' })).toBeUndefined();
    expect((await store.loadForCommand(stream, { stateVersion: 1 })).gate).toBeUndefined();
  });
}
