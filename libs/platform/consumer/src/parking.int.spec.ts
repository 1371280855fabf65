import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
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

const added = (by: number): CounterEvent => ({ type: 'Added', data: { by } });

describe('parking', () => {
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

  test('ORD-47 works without any right on the event store; only the repair of a gap fails, and parks', async () => {
    await databases.owner.query('revoke usage on schema event_store from millrace_projector');
    try {
      const { take, at } = groupMember(databases.projector);
      const [whole, gapped] = [randomUUID(), randomUUID()];
      await storeEvents(
        databases.owner,
        [1, 2].map((sequence) => counterEvent(gapped, sequence, added(1))),
      );
      const result = await take([
        recordOf(counterEvent(whole, 1, added(1)), 0),
        recordOf(counterEvent(gapped, 3, added(1)), 1),
        recordOf(counterEvent(whole, 2, added(1)), 2),
      ]);
      expect(result).toMatchObject({ applied: 2, repaired: 0 });
      expect(await rowsOf(whole)).toEqual([{ total: 2, note: null, version: 2 }]);
      expect(await parkedOf(at.group)).toMatchObject([
        { aggregate_id: gapped, sequence_number: 3, error_code: 'EVENT_GAP' },
      ]);
    } finally {
      await databases.owner.query('grant usage on schema event_store to millrace_projector');
    }
  });

  test('T-40 TOX-40 CIM-46 a poison event parks its aggregate in order, across batches; all others go on', async () => {
    const { take, at } = groupMember(databases.projector);
    const [bad, good] = [randomUUID(), randomUUID()];
    const [one, two, three, four] = [1, 2, 3, 4].map((sequence) => counterEvent(bad, sequence, added(1)));
    if (!one || !two || !three || !four) throw new Error('four events');
    await storeEvents(databases.owner, [one, two, three, four]);
    const unreadable = { ...recordOf(two, 1), value: Buffer.from('{') };
    await take([recordOf(one, 0), unreadable, recordOf(counterEvent(good, 1, added(1)), 2), recordOf(three, 3)]);
    await take([recordOf(four, 4), recordOf(counterEvent(good, 2, added(1)), 5)]);
    expect(await take([recordOf(one, 6)])).toMatchObject({ repeated: 1, parked: [] });
    expect(await rowsOf(bad)).toEqual([{ total: 1, note: null, version: 1 }]);
    expect(await rowsOf(good)).toEqual([{ total: 2, note: null, version: 2 }]);
    expect(await parkedOf(at.group)).toEqual([
      { record_offset: 1, aggregate_id: bad, sequence_number: 2, event_type: 'Added', error_code: 'RECORD_MALFORMED' },
      { record_offset: 3, aggregate_id: bad, sequence_number: 3, event_type: 'Added', error_code: 'EVENT_GAP' },
      { record_offset: 4, aggregate_id: bad, sequence_number: 4, event_type: 'Added', error_code: 'EVENT_GAP' },
    ]);
    const { rows } = await databases.owner.query(
      'select payload, headers from consumer.parked_events where consumer_group = $1 order by record_offset',
      [at.group],
    );
    expect(rows[0]).toEqual({ payload: Buffer.from('{'), headers: unreadable.headers });
  });

  test('T-40 an event that the fold refuses is parked, and a record without headers on its own', async () => {
    const { take, at } = groupMember(databases.projector);
    const id = randomUUID();
    const foreign = { offset: 2, key: 'fo\0reign', value: null, headers: { 'x\0': 'y\0' }, timestampMs: 0 };
    await take([
      recordOf(counterEvent(id, 1, { type: 'Broken', data: {} }), 0),
      recordOf(counterEvent(id, 2, added(1)), 1),
      foreign,
    ]);
    expect(await rowsOf(id)).toEqual([]);
    expect(await parkedOf(at.group)).toMatchObject([
      { aggregate_id: id, error_code: 'Error' },
      { aggregate_id: id, error_code: 'EVENT_GAP' },
      { aggregate_id: 'fo\uFFFDreign', error_code: 'RECORD_MALFORMED' },
    ]);
  });
});
