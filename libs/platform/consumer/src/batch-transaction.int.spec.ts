import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Database, Transaction } from '@millrace/postgres';
import { createTestDatabase } from '@millrace/testing';

import {
  type CounterDatabase,
  type CounterEvent,
  counterEvent,
  openCounterDatabase,
  recordOf,
  storeEvents,
} from './counter.fixture.ts';
import { groupMember } from './group-member.fixture.ts';
import { loadPosition } from './position.ts';

const added = (by: number): CounterEvent => ({ type: 'Added', data: { by } });

describe('a batch', () => {
  let databases: CounterDatabase;
  beforeAll(async () => {
    databases = await openCounterDatabase(await createTestDatabase());
  });
  afterAll(() => databases.close());

  const rowsOf = async (id: string) =>
    (await databases.owner.query('select total, note, version from read_model.counters where counter_id = $1', [id]))
      .rows;
  const parkedOf = async (group: string) =>
    (
      await databases.owner.query(
        `select record_offset, aggregate_id, sequence_number, event_type, error_code from consumer.parked_events
         where consumer_group = $1 order by record_offset`,
        [group],
      )
    ).rows;

  test('ORD-42 SHR-31 T-5 T-68 moves rows and position together, and keeps the last event with the position', async () => {
    const { take, at } = groupMember(databases.projector);
    const id = randomUUID();
    const last = counterEvent(id, 3, { type: 'Noted', data: { note: 'n' } });
    await take([
      recordOf(counterEvent(id, 1, added(2)), 0),
      recordOf(counterEvent(id, 2, added(3)), 1),
      recordOf(last, 2),
    ]);
    expect(await rowsOf(id)).toEqual([{ total: 5, note: 'n', version: 3 }]);
    const { rows } = await databases.owner.query('select * from consumer.positions where consumer_group = $1', [
      at.group,
    ]);
    expect(rows).toMatchObject([
      { next_offset: 3, last_event_id: last.eventId, last_sequence_number: 3, last_event_time: last.occurredAt },
    ]);
  });

  test('SHR-38 needs the same few statements for one event as for five hundred', async () => {
    const counted = (database: Database) => {
      const statements: unknown[] = [];
      const counting: Database = {
        ...database,
        transaction: (work) =>
          database.transaction((transaction) => {
            const query = ((...statement: Parameters<Transaction['query']>) => {
              statements.push(statement);
              return transaction.query(...statement);
            }) as Transaction['query'];
            return work({ query });
          }),
      };
      return { counting, statements };
    };
    const many = Array.from({ length: 500 }, (_, index) => counterEvent(`many-${randomUUID()}`, 1, added(index % 7)));
    for (const [table, expected] of [
      ['counters', 5],
      ['days', 7],
    ] as const) {
      const { counting, statements } = counted(databases.projector);
      const { take } = groupMember(counting, { table });
      await take([recordOf(counterEvent(randomUUID(), 1, added(1)), 0)]);
      statements.length = 0;
      await take([recordOf(counterEvent(randomUUID(), 1, added(1)), 1)]);
      expect(statements).toHaveLength(expected);
      statements.length = 0;
      await take(many.map((event, index) => recordOf(event, index + 2)));
      expect(statements).toHaveLength(expected);
    }
  });

  test('T-6 SHR-32 ignores what it knows and applies 1-2-3 once, whatever the order of arrival', async () => {
    const { take, at } = groupMember(databases.projector);
    const id = randomUUID();
    const events = [1, 2, 3].map((sequence) => counterEvent(id, sequence, added(10 ** (sequence - 1))));
    await storeEvents(databases.owner, events);
    const [first, second, third] = events.map((event) => (offset: number) => recordOf(event, offset));
    if (!first || !second || !third) throw new Error('three events');
    await take([first(0)]);
    expect(await take([third(1)])).toMatchObject({ applied: 1, repaired: 1, repeated: 0 });
    expect(await take([second(2), third(3)])).toMatchObject({ applied: 0, repeated: 2 });
    expect(await take([first(4)])).toMatchObject({ applied: 0, repeated: 1 });
    expect(await rowsOf(id)).toEqual([{ total: 111, note: null, version: 3 }]);
    expect(await parkedOf(at.group)).toEqual([]);
  });

  test('T-46 compares versions as numbers: 10 is newer than 9', async () => {
    const { take } = groupMember(databases.projector);
    const id = randomUUID();
    const events = Array.from({ length: 12 }, (_, index) => counterEvent(id, index + 1, added(1)));
    await take(events.slice(0, 9).map((event, index) => recordOf(event, index)));
    expect(await take(events.slice(9).map((event, index) => recordOf(event, index + 9)))).toMatchObject({ applied: 3 });
    expect(await rowsOf(id)).toEqual([{ total: 12, note: null, version: 12 }]);
  });

  test('T-46 refuses a stored number that JavaScript cannot hold', async () => {
    const id = randomUUID();
    await databases.owner.query(`insert into read_model.counters values ('acme', $1, 0, null, 9007199254740993)`, [id]);
    await expect(groupMember(databases.projector).take([recordOf(counterEvent(id, 1, added(1)), 0)])).rejects.toThrow(
      RangeError,
    );
  });

  test('T-41 of two members that begin a partition, one is fenced', async () => {
    const group = randomUUID();
    const id = randomUUID();
    const records = [recordOf(counterEvent(id, 1, added(1)), 0)];
    const members = [1, 2].map(() => groupMember(databases.projector, { group }));
    const taken = await Promise.allSettled(members.map(({ take }) => take(records)));
    expect(taken.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(await rowsOf(id)).toEqual([{ total: 1, note: null, version: 1 }]);
  });

  test('T-41 E15 a member that lost its partition is fenced, and nothing of its batch stays', async () => {
    const group = randomUUID();
    const owner = groupMember(databases.projector, { group });
    const id = randomUUID();
    await owner.take([recordOf(counterEvent(id, 1, added(1)), 0)]);
    const zombie = groupMember(databases.projector, { group, from: 1 });
    await owner.take([recordOf(counterEvent(id, 2, added(1)), 1)]);
    const other = randomUUID();
    await expect(zombie.take([recordOf(counterEvent(other, 1, added(1)), 1)])).rejects.toMatchObject({
      code: 'POSITION_FENCED',
    });
    expect(await rowsOf(other)).toEqual([]);
    expect(await loadPosition(databases.projector, owner.at)).toBe(2);
  });

  test('SHR-31 CIM-34 T-68 a death between write and commit leaves neither rows nor position', async () => {
    const id = randomUUID();
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
    const group = randomUUID();
    const first = groupMember(dying, { group });
    await expect(first.take([recordOf(counterEvent(id, 1, added(1)), 0)])).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
    });
    expect(await rowsOf(id)).toEqual([]);
    expect(await loadPosition(projector, first.at)).toBeUndefined();
    await groupMember(projector, { group }).take([recordOf(counterEvent(id, 1, added(1)), 0)]);
    expect(await rowsOf(id)).toEqual([{ total: 1, note: null, version: 1 }]);
  });

  test('T-42 a gap is filled from the event store, also behind types that this process does not know', async () => {
    const { take } = groupMember(databases.projector);
    const id = randomUUID();
    const future = counterEvent(id, 2, { type: 'Renamed', data: {} } as unknown as CounterEvent);
    const oldAdded = { type: 'Added', data: { amount: 4 } };
    const old = counterEvent(id, 3, { ...(oldAdded as unknown as CounterEvent), eventVersion: 1 });
    await storeEvents(databases.owner, [counterEvent(id, 1, added(1)), future, old]);
    expect(await take([recordOf(counterEvent(id, 4, added(10)), 0)])).toMatchObject({ applied: 1, repaired: 3 });
    expect(await rowsOf(id)).toEqual([{ total: 15, note: null, version: 4 }]);
  });

  test('an unknown type is skipped and counted, and the next event is no gap', async () => {
    const { take, at } = groupMember(databases.projector);
    const id = randomUUID();
    const unknown = (sequence: number) =>
      counterEvent(id, sequence, { type: 'Renamed', data: {} } as unknown as CounterEvent);
    const events = [
      unknown(1),
      counterEvent(id, 2, added(1)),
      unknown(3),
      counterEvent(id, 4, { type: 'Seen', data: {} }),
      counterEvent(id, 5, added(1)),
    ];
    const result = await take(events.map((event, index) => recordOf(event, index)));
    expect(result).toMatchObject({ applied: 3, unknown: 2, repaired: 0, parked: [] });
    expect(await rowsOf(id)).toEqual([{ total: 2, note: null, version: 5 }]);
    expect(await parkedOf(at.group)).toEqual([]);
  });

  test('SHR-32 an old event does not bring a removed row back', async () => {
    const { take } = groupMember(databases.projector);
    const id = randomUUID();
    const events = [counterEvent(id, 1, added(1)), counterEvent(id, 2, { type: 'Removed', data: {} })];
    await take(events.map((event, index) => recordOf(event, index)));
    expect(await take(events.map((event, index) => recordOf(event, index + 2)))).toMatchObject({ repeated: 2 });
    expect(await rowsOf(id)).toEqual([]);
    expect(await take([recordOf(counterEvent(id, 3, added(5)), 4)])).toMatchObject({ applied: 1, repaired: 0 });
    expect(await rowsOf(id)).toEqual([{ total: 5, note: null, version: 3 }]);
  });

  test('T-43 partitions that change one row at the same time lose nothing, and repeats count once', async () => {
    const group = randomUUID();
    const feed = async (partition: number) => {
      const { take } = groupMember(databases.projector, { table: 'days', group, partition });
      for (let index = 0; index < 20; index += 1) {
        const occurredAt = '2031-05-06T00:00:00.000Z';
        const event = counterEvent(`${group}-${partition}-${index}`, 1, { ...added(1), occurredAt });
        await take([recordOf(event, index * 2), recordOf(event, index * 2 + 1)]);
      }
    };
    await Promise.all([0, 1, 2, 3].map(feed));
    const { rows } = await databases.owner.query(`select added from read_model.counter_days where day = '2031-05-06'`);
    expect(rows).toEqual([{ added: 80 }]);
  });
});
