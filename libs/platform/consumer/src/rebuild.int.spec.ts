import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { RecordedEvent } from '@millrace/core';
import type { Database } from '@millrace/postgres';
import { createTestDatabase, eventually } from '@millrace/testing';

import {
  type CounterDatabase,
  type CounterEvent,
  counterEvent,
  counterEvents,
  counters,
  days,
  openCounterDatabase,
  recordOf,
  storeEvents,
} from './counter.fixture.ts';
import { groupMember } from './group-member.fixture.ts';
import { loadPositions } from './position.ts';
import { rebuildProjection } from './rebuild.ts';

const added = (by: number): CounterEvent => ({ type: 'Added', data: { by } });

describe('a rebuild', () => {
  let databases: CounterDatabase;
  beforeAll(async () => {
    databases = await openCounterDatabase(await createTestDatabase());
  });
  afterAll(() => databases.close());

  // A group of its own per test; the store and the tables are shared, so each looks at its own counters.
  const rebuild = (group: string, table: 'counters' | 'days' = 'counters', database: Database = databases.owner) =>
    rebuildProjection({
      database,
      catalogue: counterEvents,
      projection: { ...(table === 'counters' ? counters : days), name: group } as typeof counters,
      partitions: 2,
    });
  const rowsOf = async (id: string) =>
    (await databases.owner.query('select total, note, version from read_model.counters where counter_id = $1', [id]))
      .rows;
  const addedFor = async (tenantId: string) => {
    const query = 'select added from read_model.counter_days where tenant_id = $1';
    return (await databases.owner.query<{ added: number }>(query, [tenantId])).rows.map(({ added: sum }) => sum);
  };
  const stored = async (...events: RecordedEvent<CounterEvent>[]) => {
    await storeEvents(databases.owner, events);
    return events.map((event, offset) => recordOf(event, offset));
  };
  /** A database in whose transactions `pause` runs right after the statements that begin with `after`. */
  const pausing = (database: Database, after: string, pause: () => Promise<void>): Database => ({
    ...database,
    transaction: (work) =>
      database.transaction((transaction) =>
        work({
          query: (async (...statement: [string | { text: string }, unknown[]?]) => {
            const result = await transaction.query(...(statement as [string, unknown[]?]));
            const text = typeof statement[0] === 'string' ? statement[0] : statement[0].text;
            if (text.startsWith(after)) await pause();
            return result;
          }) as never,
        }),
      ),
  });
  const lockWaits = () =>
    eventually(async () => {
      const { rows } = await databases.owner.query(
        `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      );
      return rows.length > 0;
    });

  test('SHR-34 makes rows, removed rows and versions of unknown types anew, and leaves positions as they are', async () => {
    const [kept, removed] = [randomUUID(), randomUUID()];
    const { take, at } = groupMember(databases.projector);
    const renamed = { type: 'Renamed', data: {} } as unknown as CounterEvent;
    const records = await stored(
      counterEvent(kept, 1, added(2)),
      counterEvent(kept, 2, renamed),
      counterEvent(removed, 1, added(1)),
      counterEvent(removed, 2, { type: 'Removed', data: {} }),
      counterEvent(kept, 3, { type: 'Noted', data: { note: 'n' } }),
    );
    await take(records);
    const before = await rowsOf(kept);
    const positions = await loadPositions(databases.owner, at.group);
    await databases.owner.query('update read_model.counters set total = 9, note = null where counter_id = $1', [kept]);
    await databases.owner.query(`insert into read_model.counters values ('acme', $1, 0, null, 9)`, [removed]);
    await rebuild(at.group);
    expect(await rowsOf(kept)).toEqual(before);
    expect(before).toEqual([{ total: 2, note: 'n', version: 3 }]);
    expect(await rowsOf(removed)).toEqual([]);
    expect(await loadPositions(databases.owner, at.group)).toEqual(positions);
    const again = records.map((record, index) => ({ ...record, offset: 5 + index }));
    expect(await take(again)).toMatchObject({ applied: 0, unknown: 0, repeated: 5, repaired: 0 });
  });

  test('ACC-21 a batch that comes meanwhile waits, and counts nothing twice', async () => {
    const id = randomUUID();
    const { take, at } = groupMember(databases.projector, { table: 'days' });
    const on = (sequence: number, day: string) =>
      counterEvent(id, sequence, { ...added(sequence), tenantId: id, occurredAt: `${day}T00:00:00.000Z` });
    const [first, second, third] = await stored(on(1, '2030-01-01'), on(2, '2030-01-01'), on(3, '2030-01-01'));
    if (!first || !second || !third) throw new Error('three events');
    await take([first]);
    let batch: Promise<unknown> | undefined;
    let settled = false;
    await rebuild(
      at.group,
      'days',
      pausing(databases.owner, 'declare', async () => {
        batch = take([second]).finally(() => (settled = true));
        await lockWaits();
      }),
    );
    expect(settled).toBe(false);
    expect(await batch).toMatchObject({ applied: 0, repeated: 1 });
    expect(await take([third])).toMatchObject({ repeated: 1 });
    expect(await addedFor(id)).toEqual([6]);
  });

  test('ACC-21 a batch that is under way is waited for, and the store is read after it', async () => {
    const id = randomUUID();
    const group = randomUUID();
    const event = counterEvent(id, 1, { ...added(5), tenantId: id });
    let rebuilding: Promise<unknown> | undefined;
    const underWay = pausing(databases.projector, 'insert into consumer.positions', async () => {
      rebuilding = rebuild(group, 'days');
      await lockWaits();
      await stored(event);
    });
    const { take } = groupMember(underWay, { table: 'days', group });
    expect(await take([recordOf(event, 0)])).toMatchObject({ applied: 1 });
    await rebuilding;
    expect(await addedFor(id)).toEqual([5]);
  });

  test('ACC-21 T-41 the first batch of a partition waits as well, and begins where it would have', async () => {
    const id = randomUUID();
    const { take, at } = groupMember(databases.projector, { table: 'days' });
    const records = await stored(counterEvent(id, 1, { ...added(5), tenantId: id }));
    let batch: Promise<unknown> | undefined;
    await rebuild(
      at.group,
      'days',
      pausing(databases.owner, 'declare', async () => {
        batch = take(records);
        await lockWaits();
      }),
    );
    expect(await batch).toMatchObject({ applied: 0, repeated: 1 });
    const positions = await loadPositions(databases.owner, at.group);
    expect(positions.map(({ partition, nextOffset }) => [partition, nextOffset])).toEqual([[0, 1]]);
  });

  test('SHR-34 readers see the old rows until the new ones are complete', async () => {
    const id = randomUUID();
    await stored(counterEvent(id, 1, added(1)));
    await databases.owner.query(`insert into read_model.counters values ('acme', $1, 5, 'old', 1)`, [id]);
    const seen: unknown[] = [];
    const look = async () => void seen.push(...(await rowsOf(id)));
    for (const step of ['delete', 'declare', 'fetch', 'select count']) {
      await rebuild(randomUUID(), 'counters', pausing(databases.owner, step, look));
      await databases.owner.query(`update read_model.counters set total = 5, note = 'old' where counter_id = $1`, [id]);
    }
    expect(seen.length).toBeGreaterThanOrEqual(6);
    expect(seen).toEqual(seen.map(() => ({ total: 5, note: 'old', version: 1 })));
    await rebuild(randomUUID());
    expect(await rowsOf(id)).toEqual([{ total: 1, note: null, version: 1 }]);
  });

  test('SHR-34 CIM-46 what was parked is applied, and the aggregate goes on', async () => {
    const id = randomUUID();
    const { take, at } = groupMember(databases.projector);
    const events = [1, 2, 3].map((sequence) => counterEvent(id, sequence, added(sequence)));
    const [first, second, third] = await stored(...events);
    if (!first || !second || !third) throw new Error('three events');
    expect((await take([{ ...first, value: Buffer.from('no JSON') }, second])).parked).toHaveLength(2);
    expect(await rebuild(at.group)).toMatchObject({ projection: at.group, unparked: 2 });
    expect(await rowsOf(id)).toEqual([{ total: 6, note: null, version: 3 }]);
    expect(await take([third, recordOf(counterEvent(id, 4, added(4)), 3)])).toMatchObject({ repeated: 1, applied: 1 });
  });

  test('SHR-34 an event that cannot be applied is named, and nothing has changed', async () => {
    const id = randomUUID();
    const { take, at } = groupMember(databases.projector);
    const records = await stored(counterEvent(id, 1, added(1)));
    await take(records);
    const broken = counterEvent(id, 2, { type: 'Broken', data: {} });
    const { owner } = databases;
    const failing: Database = {
      ...owner,
      transaction: (work) =>
        owner.transaction(async (transaction) => {
          // For this transaction alone: the store has no way to take an event back.
          await storeEvents({ ...owner, query: transaction.query.bind(transaction) as never }, [broken]);
          return work(transaction);
        }),
    };
    await expect(rebuild(at.group, 'counters', failing)).rejects.toThrow(
      `${at.group} cannot apply Broken, version 2 of counter ${id} in acme`,
    );
    expect(await rowsOf(id)).toEqual([{ total: 1, note: null, version: 1 }]);
  });
});
