import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { InMemoryEventStore, PostgresEventStore } from '@millrace/event-store';
import { type Database, openDatabase } from '@millrace/postgres';
import { createTestDatabase, type TestDatabase } from '@millrace/testing';

import { add, context, counter, counterEvents, COUNTERS_TOPIC, raiseTo } from './counter.fixture.ts';
import { CommandHandler, loadState } from './index.ts';

let created: TestDatabase;
let owner: Database;
let database: Database;
let statements = 0;
let store: PostgresEventStore;
let handler: CommandHandler;
beforeAll(async () => {
  created = await createTestDatabase([COUNTERS_TOPIC]);
  owner = openDatabase({ url: created.url });
  database = openDatabase({ url: created.roleUrls.command, poolSize: 20 });
  const counting: Database = {
    ...database,
    query: (statement, values) => {
      statements += 1;
      return database.query(statement, values);
    },
  };
  const encode = (type: string, data: unknown) => Buffer.from(JSON.stringify({ type, data }));
  store = new PostgresEventStore({ database: counting, catalogue: counterEvents, encode });
  handler = new CommandHandler({ store, catalogue: counterEvents });
});
afterAll(async () => {
  await Promise.all([owner.close(), database.close()]);
  await created.drop();
});

const streamOf = (aggregateId: string) => ({ tenantId: context.tenantId, aggregateType: 'counter', aggregateId });
const versionsOf = async (aggregateId: string) =>
  (await store.load(streamOf(aggregateId))).map(({ sequenceNumber }) => sequenceNumber);

describe('CommandHandler on Postgres', () => {
  it('SHR-10 SHR-21 takes two round trips for a command: load, append', async () => {
    const id = randomUUID();
    statements = 0;
    await handler.handle(add(id, [1, 2], { idempotency: { key: randomUUID(), requestHash: 'hash' } }));
    expect(statements).toBe(2);
    await handler.handle(raiseTo(id, 1));
    expect(statements).toBe(3);
  });

  it('JOB-13 handles the same commands on this store as on the one in memory: equal outcomes, equal events', async () => {
    const memory = new InMemoryEventStore(counterEvents);
    const id = randomUUID();
    const runs = [handler, new CommandHandler({ store: memory, catalogue: counterEvents })].map(async (each) => [
      await each.handle(add(id, [1, 2])),
      await each.handle(add(id, [-9])),
      await each.handle(raiseTo(id, 7)),
      await each.handle(add(id, [1], { ifMatch: 1 })),
    ]);
    const [here = [], there] = await Promise.all(runs);
    expect(here.map(({ outcome }) => outcome)).toEqual(['accepted', 'rejected', 'accepted', 'precondition-failed']);
    expect(here).toEqual(there);
    const told = (events: Awaited<ReturnType<typeof store.load>>) =>
      events.map(({ eventId: _id, causationId: _cause, ...event }) => event);
    expect(told(await store.load(streamOf(id)))).toEqual(told(await memory.load(streamOf(id))));
  });

  it('SHR-12 ORD-30 TOX-21 writes one aggregate per command and transaction', async () => {
    await Promise.all(Array.from({ length: 10 }, () => handler.handle(add(randomUUID(), [1, 1]))));
    // Commands that come together share a transaction; the cause tells them apart.
    const { rows } = await owner.query(
      'select transaction_id, causation_id from event_store.events group by 1, 2 having count(distinct (tenant_id, aggregate_type, aggregate_id)) > 1',
    );
    expect(rows).toEqual([]);
  });

  it('T-23 SHR-29 gives 20 twins one effect and one acknowledgment', async () => {
    const id = randomUUID();
    const idempotency = { key: randomUUID(), requestHash: 'hash' };
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => handler.handle(add(id, [1], { idempotency }))));
    expect(outcomes.filter((outcome) => outcome.outcome === 'accepted' && !outcome.replayed)).toHaveLength(1);
    const acknowledgments = outcomes.map((outcome) =>
      outcome.outcome === 'accepted' ? outcome.acknowledgment : outcome,
    );
    expect(new Set(acknowledgments.map((it) => JSON.stringify(Object.entries(it).sort()))).size).toBe(1);
    expect(await versionsOf(id)).toEqual([1]);
  });

  it('SHR-8 ORD-33 loses no update of writers at the same time', async () => {
    const id = randomUUID();
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => handler.handle(add(id, [1]))));
    const accepted = outcomes.filter(({ status }) => status === 'fulfilled').length;
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'VERSION_CONFLICT' });
    }
    expect(await versionsOf(id)).toEqual(Array.from({ length: accepted }, (_, index) => index + 1));
    expect(await loadState({ store, decider: counter, stream: streamOf(id) })).toMatchObject({
      state: { total: accepted },
    });
  });

  it('SHR-8 lets one of 50 win who all ask for the same version', async () => {
    const id = randomUUID();
    await handler.handle(add(id, [1]));
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => handler.handle(add(id, [1], { ifMatch: 1 }))));
    expect(outcomes.map(({ outcome }) => outcome).sort()).toEqual([
      'accepted',
      ...Array<string>(49).fill('precondition-failed'),
    ]);
    expect(await versionsOf(id)).toEqual([1, 2]);
  });

  it('SHR-40 ORD-39 keeps three snapshots of 550 events, and needs none of them', async () => {
    const id = randomUUID();
    for (let command = 1; command <= 55; command += 1) await handler.handle(add(id, Array<number>(10).fill(1)));
    const { rows } = await owner.query(
      'select sequence_number, event_count from event_store.snapshots where aggregate_id = $1 order by 1',
      [id],
    );
    expect(rows).toEqual([300, 400, 500].map((version) => ({ sequence_number: version, event_count: version })));

    const stateAt = (version: number) =>
      loadState({ store, decider: counter, stream: streamOf(id), when: { version } });
    const versions = [1, 299, 300, 301, 500, 501, 550];
    const before = await Promise.all(versions.map(stateAt));
    await owner.query('delete from event_store.snapshots where aggregate_id = $1', [id]);
    expect(await Promise.all(versions.map(stateAt))).toEqual(before);
  });
});

describe('two replicas with caches, on Postgres', () => {
  const replicas = () =>
    [1, 2].map(() => new CommandHandler({ store, catalogue: counterEvents, aggregatesCached: 100 }));

  it('ACC-30 T-24 alternate on one aggregate: all commands succeed, none is lost, two round trips each', async () => {
    const id = randomUUID();
    const pair = replicas();
    statements = 0;
    for (let total = 1; total <= 30; total += 1) {
      expect(await pair[total % 2]?.handle(raiseTo(id, total))).toMatchObject({
        outcome: 'accepted',
        acknowledgment: { version: total },
      });
    }
    expect(statements).toBe(60);
    expect(await loadState({ store, decider: counter, stream: streamOf(id) })).toMatchObject({
      version: 30,
      state: { total: 30, amounts: Array<number>(30).fill(1) },
    });
  });

  it('ACC-30 T-24 at the same time: no update is lost, and what is accepted is gapless', async () => {
    const id = randomUUID();
    const pair = replicas();
    const commands = Array.from({ length: 10 }, () => pair.map((handler) => handler.handle(add(id, [1])))).flat();
    const outcomes = await Promise.allSettled(commands);
    const accepted = outcomes.filter(({ status }) => status === 'fulfilled').length;
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'VERSION_CONFLICT' });
    }
    expect(await versionsOf(id)).toEqual(Array.from({ length: accepted }, (_, index) => index + 1));
    // Both catch up, whichever of them was overtaken last.
    for (const handler of pair) expect(await handler.handle(add(id, [1]))).toMatchObject({ outcome: 'accepted' });
    expect(await loadState({ store, decider: counter, stream: streamOf(id) })).toMatchObject({
      state: { total: accepted + 2 },
    });
  });
});
