import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { MillraceError } from '@millrace/core';
import type { Database } from '@millrace/postgres';
import { createTestDatabase } from '@millrace/testing';

import {
  type CounterDatabase,
  type CounterEvent,
  counterEvent,
  COUNTERS_TOPIC,
  jsonDecoder,
  openCounterDatabase,
  recordOf,
  storeEvents,
} from './counter.fixture.ts';
import { deadLetterScene } from './dead-letters/dead-letter-scene.fixture.ts';
import { loadPosition } from './position.ts';

const added = (by: number): CounterEvent => ({ type: 'Added', data: { by } });
const broken: CounterEvent = { type: 'Broken', data: {} };

describe('a group whose events fail', () => {
  let databases: CounterDatabase;
  beforeAll(async () => {
    databases = await openCounterDatabase(await createTestDatabase([COUNTERS_TOPIC]));
  });
  afterAll(() => databases.close());

  const positionOf = (group: string) =>
    loadPosition(databases.projector, { group, topic: COUNTERS_TOPIC, partition: 0 });

  test('SHR-33 TOX-39 tries an event again before it parks it: one that heals is applied once, in order', async () => {
    const { take, faults, parked, rowOf } = deadLetterScene(databases);
    const id = randomUUID();
    faults.left = 2;
    await take([added(1), broken, added(1)].map((event, index) => recordOf(counterEvent(id, index + 1, event), index)));
    expect(await parked()).toEqual([]);
    expect(await rowOf(id)).toEqual({ total: 2, note: 'mended', version: 3 });
  });

  test('SHR-33 TOX-40 T-40 poison of every kind parks its own aggregate, after as many attempts, and nothing else', async () => {
    const decoder = {
      decode: async (value: Buffer | null) => {
        if (value?.toString() === 'unknown schema') throw new MillraceError('SCHEMA_NOT_REGISTERED', 'no such id');
        return jsonDecoder.decode(value);
      },
    };
    const { take, parked, rowOf, group } = deadLetterScene(databases, { decoder });
    const names = ['garbage', 'schema', 'domain', 'bug', 'good'].map((name) => `${name}-${group}`);
    const [garbage = '', schema = '', domain = '', bug = '', good = ''] = names;
    const first = [
      { ...recordOf(counterEvent(garbage, 1, added(1)), 0), value: Buffer.from([0xff, 0, 1]) },
      { ...recordOf(counterEvent(schema, 1, added(1)), 1), value: Buffer.from('unknown schema') },
      recordOf(counterEvent(domain, 1, added(5_000)), 2),
      recordOf(counterEvent(bug, 1, broken), 3),
      recordOf(counterEvent(good, 1, added(1)), 4),
    ];
    const second = names.map((name, index) => recordOf(counterEvent(name, 2, added(1)), index + 5));
    await take([...first, ...second]);
    const found = await parked();
    expect(found.slice(0, 4)).toEqual([
      { offset: 0, version: 1, code: 'RECORD_MALFORMED', attempts: 3, id: garbage },
      { offset: 1, version: 1, code: 'SCHEMA_NOT_REGISTERED', attempts: 3, id: schema },
      { offset: 2, version: 1, code: '23514', attempts: 3, id: domain },
      { offset: 3, version: 1, code: 'TypeError', attempts: 3, id: bug },
    ]);
    expect(found.slice(4)).toMatchObject([5, 6, 7, 8].map((offset) => ({ offset, code: 'EVENT_GAP', attempts: 0 })));
    expect(await rowOf(good)).toEqual({ total: 2, note: null, version: 2 });
    expect(await positionOf(group)).toBe(10);
  });

  test('SHR-33 TOX-40 a last record whose id Postgres cannot keep does not hold the position up', async () => {
    const { take, parked, group } = deadLetterScene(databases);
    const record = recordOf(counterEvent(`id-${group}`, 1, added(1)), 0);
    for (const [offset, id] of ['a\0b', 'x'.repeat(100_000)].entries())
      expect(await take([{ ...record, offset, headers: { ...record.headers, ce_id: id } }])).toBe('done');
    expect(await parked()).toMatchObject([{ offset: 0 }, { offset: 1 }]);
    expect(await positionOf(group)).toBe(2);
  });

  test('SHR-33 thousands of poison events do not hold the group up: beyond a budget each is parked at once', async () => {
    const { take, parked } = deadLetterScene(databases);
    const startedAt = performance.now();
    for (let offset = 0; offset < 150; offset += 1)
      await take([recordOf(counterEvent(randomUUID(), 1, broken), offset)]);
    expect(performance.now() - startedAt).toBeLessThan(20_000);
    const attempts = (await parked()).map((event) => event.attempts);
    expect(attempts.slice(0, 5)).toEqual([3, 3, 3, 3, 3]);
    expect(attempts.filter((count) => count === 1).length).toBeGreaterThan(100);
  });

  test('I11 a thousand parked aggregates: the partition moves on, and they can be freed', async () => {
    const { take, parked, obey, faults, group, rowOf } = deadLetterScene(databases);
    const ids = Array.from({ length: 1_000 }, () => randomUUID());
    const some = ids.slice(0, 200);
    const startedAt = performance.now();
    await take(ids.map((id, offset) => recordOf(counterEvent(id, 1, broken), offset)));
    await take(ids.map((id, offset) => recordOf(counterEvent(id, 2, added(1)), offset + 1_000)));
    expect(await parked()).toHaveLength(2_000);
    expect(await positionOf(group)).toBe(2_000);
    expect(performance.now() - startedAt).toBeLessThan(20_000);
    faults.left = 0;
    await databases.owner.query(
      'update consumer.parked_events set retry_requested_at = now() where consumer_group = $1 and aggregate_id = any($2)',
      [group, some],
    );
    await obey();
    expect(await parked()).toHaveLength(1_600);
    expect(await rowOf(some[100] ?? '')).toEqual({ total: 1, note: 'mended', version: 2 });
  });

  test('SHR-33 where parking fails, nothing of the batch commits and the consumer ends', async () => {
    const { take, parked, rowOf, group } = deadLetterScene(databases);
    const [bad, good] = [randomUUID(), randomUUID()];
    await databases.owner.query(`select outbox.allow_dead_letter_topics(array['other.dlq'])`);
    try {
      const records = [recordOf(counterEvent(good, 1, added(1)), 0), recordOf(counterEvent(bad, 1, broken), 1)];
      await expect(take(records)).rejects.toMatchObject({ code: 'PARKING_FAILED' });
      expect(await parked()).toEqual([]);
      expect(await rowOf(good)).toBeUndefined();
      expect(await positionOf(group)).toBeUndefined();
    } finally {
      await databases.owner.query('alter table outbox.dead_letters drop constraint dead_letters_topic_exists');
    }
  });

  test('TOX-39 where the database is lost while it parks, the batch is read again', async () => {
    const { projector } = databases;
    const dying: Database = {
      ...projector,
      transaction: (work) =>
        projector.transaction(async (transaction) => {
          await work(transaction);
          await transaction.query('select pg_terminate_backend(pg_backend_pid())');
          throw new Error('unreachable');
        }),
    };
    const { take, parked, group } = deadLetterScene(databases, { database: dying });
    expect(await take([recordOf(counterEvent(randomUUID(), 1, broken), 0)])).toEqual({
      readAgainInMs: expect.any(Number),
    });
    expect(await parked()).toEqual([]);
    expect(await positionOf(group)).toBeUndefined();
  });

  test('a canary is passed without a trace, and the position moves', async () => {
    const { take, parked, group, rowOf } = deadLetterScene(databases);
    const canary = counterEvent('canary', 1, {
      type: 'Canary',
      data: {},
      aggregateType: 'canary',
      tenantId: 'millrace',
    } as unknown as CounterEvent);
    const unreadable = { ...recordOf(canary, 1), value: Buffer.from('{') };
    const id = randomUUID();
    expect(await take([recordOf(canary, 0), unreadable])).toBe('done');
    await take([recordOf(canary, 2), recordOf(counterEvent(id, 1, added(1)), 3)]);
    expect(await positionOf(group)).toBe(4);
    expect(await parked()).toEqual([]);
    expect(await rowOf(id)).toMatchObject({ version: 1 });
    const { rows } = await databases.owner.query(
      `select from consumer.aggregate_versions where consumer_group = $1 and aggregate_type = 'canary'`,
      [group],
    );
    expect(rows).toEqual([]);
  });

  test('ACC-78 events of a timeline that a restore has ended are neither applied nor parked', async () => {
    const { take, parked, rowOf, group } = deadLetterScene(databases);
    const [kept, lost, replaced] = [randomUUID(), randomUUID(), randomUUID()];
    const of = (id: string, version: number, amount: number) => counterEvent(id, version, added(amount));
    const stored = [of(kept, 1, 1), of(replaced, 1, 2), of(kept, 2, 1)];
    await storeEvents(databases.owner, stored);
    const [first, other, second] = stored;
    if (!first || !other || !second) throw new Error('three events');
    const inEpoch = (record: ReturnType<typeof recordOf>, epoch: string) => ({
      ...record,
      headers: { ...record.headers, ce_epoch: epoch },
    });
    await databases.owner.query('update event_store.epoch set epoch = 2');
    try {
      await take([
        inEpoch(recordOf(first, 0), '1'),
        inEpoch(recordOf(of(lost, 1, 5), 1), '1'),
        inEpoch(recordOf(of(replaced, 1, 5), 2), '1'),
        inEpoch({ ...recordOf(of(lost, 2, 5), 3), value: Buffer.from('{') }, '1'),
        inEpoch(recordOf(other, 4), '2'),
        inEpoch(recordOf(second, 5), '2'),
      ]);
    } finally {
      await databases.owner.query('update event_store.epoch set epoch = 1');
    }
    expect(await rowOf(kept)).toMatchObject({ total: 2, version: 2 });
    expect(await rowOf(lost)).toBeUndefined();
    expect(await rowOf(replaced)).toMatchObject({ total: 2, version: 1 });
    expect(await parked()).toEqual([]);
    expect(await positionOf(group)).toBe(6);
  });
});
