import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { MillraceError } from '@millrace/core';
import { createTestDatabase } from '@millrace/testing';

import {
  type CounterDatabase,
  type CounterEvent,
  counterEvent,
  counterEvents,
  COUNTERS_TOPIC,
  jsonDecoder,
  openCounterDatabase,
  recordOf,
} from '../counter.fixture.ts';
import type { PublicMapping } from '../public-mapping.ts';
import { publicationEffect } from '../publication-effect.ts';
import { deadLetterScene } from './dead-letter-scene.fixture.ts';
import { discardDeadLetters } from './discard-dead-letters.ts';
import { editDeadLetter } from './edit-dead-letter.ts';
import { listDeadLetters, readDeadLetter } from './list-dead-letters.ts';
import { requestRetry, retryProgress } from './request-retry.ts';

const by = 'alice';
const added = (amount: number): CounterEvent => ({ type: 'Added', data: { by: amount } });
const noted = (note: string): CounterEvent => ({ type: 'Noted', data: { note } });
const broken: CounterEvent = { type: 'Broken', data: {} };

describe('retrying dead letters', () => {
  let databases: CounterDatabase;
  beforeAll(async () => {
    databases = await openCounterDatabase(await createTestDatabase([COUNTERS_TOPIC]));
  });
  afterAll(() => databases.close());

  const ask = (group: string) => requestRetry(databases.owner, { group }, { by });

  test('T-40 SHR-33 TOX-40 applies a whole sequence in order once its first event can be, and live events go on behind it', async () => {
    const { group, take, obey, faults, parked, rowOf } = deadLetterScene(databases);
    const [bad, good] = [randomUUID(), randomUUID()];
    await take([
      recordOf(counterEvent(bad, 1, added(1)), 0),
      recordOf(counterEvent(bad, 2, broken), 1),
      recordOf(counterEvent(good, 1, added(1)), 2),
      recordOf(counterEvent(bad, 3, noted('third')), 3),
    ]);
    await take([recordOf(counterEvent(bad, 4, noted('fourth')), 4), recordOf(counterEvent(good, 2, added(1)), 5)]);
    expect(await rowOf(good)).toEqual({ total: 2, note: null, version: 2 });
    expect(await parked()).toMatchObject([
      { offset: 1, code: 'TypeError', attempts: 3 },
      { offset: 3, code: 'EVENT_GAP', attempts: 0 },
      { offset: 4, code: 'EVENT_GAP', attempts: 0 },
    ]);
    faults.left = 0;
    const { requestId } = await ask(group);
    await obey();
    expect(await rowOf(bad)).toEqual({ total: 1, note: 'fourth', version: 4 });
    expect(await parked()).toEqual([]);
    expect(await retryProgress(databases.owner, requestId)).toEqual({ waiting: 0, applied: 3, failed: [] });
    await take([recordOf(counterEvent(bad, 5, noted('fifth')), 6)]);
    expect(await rowOf(bad)).toEqual({ total: 1, note: 'fifth', version: 5 });
  });

  test('T-40 stops at the first that fails again, which has one more attempt; asking twice changes nothing', async () => {
    const { group, take, obey, faults, parked, rowOf, actions } = deadLetterScene(databases);
    const id = randomUUID();
    await take(
      [1, 2, 3].map((version) => recordOf(counterEvent(id, version, version === 2 ? added(1) : broken), version)),
    );
    faults.left = 0;
    await requestRetry(databases.owner, { id: { group, topic: COUNTERS_TOPIC, partition: 0, offset: 1 } }, { by });
    await obey();
    expect(await parked()).toMatchObject([{ offset: 2 }, { offset: 3 }]);
    faults.left = Infinity;
    const requests = [await ask(group), await ask(group)];
    await Promise.all([obey(), obey()]);
    expect(await rowOf(id)).toMatchObject({ total: 1, version: 2 });
    expect(await parked()).toEqual([{ offset: 3, version: 3, code: 'TypeError', attempts: 1, id }]);
    for (const { requestId } of requests) {
      expect(await retryProgress(databases.owner, requestId)).toMatchObject({
        waiting: 0,
        failed: [{ aggregateId: id, errorCode: 'TypeError', errorDetail: 'a bug of the handler' }],
      });
    }
    await obey();
    expect((await parked())[0]?.attempts).toBe(1);
    faults.left = 0;
    await Promise.all([ask(group), ask(group)]);
    await Promise.all([obey(), obey()]);
    expect(await rowOf(id)).toMatchObject({ note: 'mended', version: 3 });
    expect((await actions()).map(({ action, requested_by, outcome }) => [action, requested_by, outcome])).toEqual(
      expect.arrayContaining([
        ['retry', by, 'applied'],
        ['retry', by, 'failed'],
      ]),
    );
    expect(await ask(group)).toMatchObject({ sequences: [] });
  });

  test('SHR-33 reads the record again: what nobody could decode is decoded by a reader that can', async () => {
    const decode = { known: false };
    const decoder = {
      decode: async (value: Buffer | null) => {
        if (!decode.known) throw new MillraceError('SCHEMA_NOT_REGISTERED', 'unknown id');
        return jsonDecoder.decode(value);
      },
    };
    const { group, take, obey, parked, rowOf } = deadLetterScene(databases, { decoder });
    const id = randomUUID();
    const old = {
      ...recordOf(counterEvent(id, 1, { ...added(0), eventVersion: 1 }), 0),
      value: Buffer.from('{"amount":4}'),
    };
    await take([old]);
    expect(await parked()).toMatchObject([{ code: 'SCHEMA_NOT_REGISTERED', attempts: 3 }]);
    decode.known = true;
    await ask(group);
    await obey();
    expect(await rowOf(id)).toEqual({ total: 4, note: null, version: 1 });
  });

  test('TOX-39 T-39 a registry that is away leaves the request as it is, and parks nothing', async () => {
    const registry = { up: true };
    const decoder = {
      decode: async (value: Buffer | null) => {
        if (!registry.up) throw new MillraceError('REGISTRY_UNAVAILABLE', 'down');
        return jsonDecoder.decode(value);
      },
    };
    const { group, take, obey, faults, parked, rowOf } = deadLetterScene(databases, { decoder });
    const id = randomUUID();
    await take([recordOf(counterEvent(id, 1, broken), 0)]);
    faults.left = 0;
    registry.up = false;
    const { requestId } = await ask(group);
    await expect(obey()).rejects.toMatchObject({ code: 'REGISTRY_UNAVAILABLE' });
    expect(await take([recordOf(counterEvent(randomUUID(), 1, added(1)), 1)])).toEqual({
      readAgainInMs: expect.any(Number),
    });
    expect(await retryProgress(databases.owner, requestId)).toMatchObject({ waiting: 1 });
    expect(await parked()).toMatchObject([{ attempts: 3, code: 'TypeError' }]);
    registry.up = true;
    await obey();
    expect(await rowOf(id)).toMatchObject({ version: 1 });
  });

  test('T-40 an event that only Postgres refuses fails alone, and what is before it is applied', async () => {
    const { group, take, obey, faults, parked, rowOf } = deadLetterScene(databases);
    const id = randomUUID();
    const events = [broken, added(1), added(1), added(5_000), added(1)];
    await take(events.map((event, index) => recordOf(counterEvent(id, index + 1, event), index)));
    faults.left = 0;
    const { requestId } = await ask(group);
    await obey();
    expect(await rowOf(id)).toMatchObject({ total: 2, version: 3 });
    expect(await parked()).toMatchObject([{ version: 4, code: '23514', attempts: 1 }, { version: 5 }]);
    expect(await retryProgress(databases.owner, requestId)).toMatchObject({
      applied: 3,
      failed: [{ errorCode: '23514' }],
    });
  });

  test('SHR-33 a member without the partition retries nothing, and neither does a zombie', async () => {
    const { group, take, obey, faults, parked } = deadLetterScene(databases);
    const id = randomUUID();
    await take([recordOf(counterEvent(id, 1, broken), 0)]);
    faults.left = 0;
    await ask(group);
    const stranger = deadLetterScene(databases);
    expect(
      await stranger.handler.betweenBatches({ topic: COUNTERS_TOPIC, partition: 0 }, async () => true),
    ).toBeUndefined();
    await databases.owner.query('update consumer.positions set next_offset = 9 where consumer_group = $1', [group]);
    await expect(obey()).rejects.toMatchObject({ code: 'POSITION_FENCED' });
    expect(await parked()).toHaveLength(1);
  });

  test('SHR-33 publishes an event once, by the publisher whose mapping was mended', async () => {
    const mapping = { broken: true };
    const rules: PublicMapping<CounterEvent, CounterEvent> = {
      name: 'spec-publisher',
      topics: [COUNTERS_TOPIC],
      publish: {
        Added: (event) => {
          if (mapping.broken) throw new Error('a bug of the mapping');
          return event;
        },
        Noted: 'ignore',
        Seen: 'ignore',
        Removed: 'ignore',
        Broken: 'ignore',
      },
    };
    const definition = counterEvents.definition('Added');
    const named = {
      ...definition,
      schemas: { 1: { namespace: 'counters', name: 'Added' }, 2: { namespace: 'counters', name: 'Added' } },
    };
    const catalogue = { definition: () => named, currentVersion: () => 2 } as unknown as typeof counterEvents;
    const effect = publicationEffect({ mapping: rules, catalogue, encoder: { encode: () => Buffer.from('x') } });
    const { group, take, obey, parked } = deadLetterScene(databases, { effect });
    const events = [1, 2].map((version) => counterEvent(randomUUID(), 1, added(version)));
    await take(events.map((event, index) => recordOf(event, index)));
    expect(await parked()).toHaveLength(2);
    mapping.broken = false;
    await Promise.all([ask(group), ask(group)]);
    await obey();
    await obey();
    const { rows } = await databases.owner.query(
      'select id from outbox.outbox_messages where id = any($1) order by seq',
      [events.map(({ eventId }) => eventId)],
    );
    expect(rows).toEqual(events.map(({ eventId }) => ({ id: eventId })));
  });
});

describe('giving dead letters up, and changing them', () => {
  let databases: CounterDatabase;
  beforeAll(async () => {
    databases = await openCounterDatabase(await createTestDatabase([COUNTERS_TOPIC]));
  });
  afterAll(() => databases.close());

  test('SHR-33 discard passes the event for good: later ones go on, the audit trail has what it was', async () => {
    const { group, take, obey, parked, rowOf, actions } = deadLetterScene(databases);
    const id = randomUUID();
    await take([broken, added(2), added(3)].map((event, index) => recordOf(counterEvent(id, index + 1, event), index)));
    const at = { group, topic: COUNTERS_TOPIC, partition: 0 };
    const behind = discardDeadLetters(databases.owner, { id: { ...at, offset: 1 } }, { by });
    await expect(behind).rejects.toMatchObject({ code: 'DEAD_LETTER_INVALID' });
    const dry = await discardDeadLetters(databases.owner, { id: { ...at, offset: 0 } }, { by, dryRun: true });
    expect(dry).toMatchObject([{ aggregateId: id, offsets: [0] }]);
    expect(await parked()).toHaveLength(3);
    await discardDeadLetters(databases.owner, { id: { ...at, offset: 0 } }, { by });
    expect(await parked()).toHaveLength(2);
    expect(await actions()).toMatchObject([
      {
        action: 'discard',
        requested_by: by,
        outcome: 'discarded',
        record_offsets: ['0'],
        before: [{ offset: 0, errorCode: 'TypeError' }],
      },
    ]);
    await requestRetry(databases.owner, { group }, { by });
    await obey();
    expect(await rowOf(id)).toEqual({ total: 5, note: null, version: 3 });
    // Read again, also unreadable, it stays passed.
    const event = counterEvent(id, 1, broken);
    await take([recordOf(event, 3), { ...recordOf(event, 4), value: Buffer.from('{') }]);
    expect(await parked()).toEqual([]);
  });

  test('SHR-33 discard of a whole sequence lets the next live event go on', async () => {
    const { group, take, parked, rowOf } = deadLetterScene(databases);
    const id = randomUUID();
    await take([broken, added(2)].map((event, index) => recordOf(counterEvent(id, index + 1, event), index)));
    await discardDeadLetters(databases.owner, { group, wholeSequence: true }, { by });
    await take([recordOf(counterEvent(id, 3, added(7)), 2), recordOf(counterEvent(id, 2, added(2)), 3)]);
    expect(await rowOf(id)).toEqual({ total: 7, note: null, version: 3 });
    expect(await parked()).toEqual([]);
  });

  test('SHR-33 edit gives the event other data in the version it has, with an audit row of before and after', async () => {
    const { group, take, obey, rowOf, actions } = deadLetterScene(databases);
    const id = randomUUID();
    await take([recordOf(counterEvent(id, 1, added(5_000)), 0)]);
    const letter = { group, topic: COUNTERS_TOPIC, partition: 0, offset: 0 };
    const versions: number[] = [];
    const encodeStored = (_type: string, version: number, data: unknown) => {
      versions.push(version);
      return Buffer.from(JSON.stringify(data));
    };
    const parts = { database: databases.owner, encoder: { encodeStored }, decoder: jsonDecoder };
    await editDeadLetter(parts, { id: letter, data: { by: 5 }, by });
    expect(versions).toEqual([2]);
    expect(await actions()).toMatchObject([
      {
        action: 'edit',
        requested_by: by,
        outcome: 'edited',
        before: { data: { by: 5_000 } },
        after: { data: { by: 5 } },
      },
    ]);
    expect((await readDeadLetter(databases.owner, letter))?.actions).toMatchObject([{ action: 'edit' }]);
    await requestRetry(databases.owner, { id: letter }, { by });
    await obey();
    expect(await rowOf(id)).toEqual({ total: 5, note: null, version: 1 });
    await expect(editDeadLetter(parts, { id: letter, data: {}, by })).rejects.toMatchObject({
      code: 'DEAD_LETTER_INVALID',
    });
  });

  test('SHR-33 list filters, and tells what waits behind what', async () => {
    const { group, take } = deadLetterScene(databases);
    const id = randomUUID();
    await take([broken, added(2)].map((event, index) => recordOf(counterEvent(id, index + 1, event), index)));
    const list = (filter: object) => listDeadLetters(databases.owner, { group, limit: 10, ...filter });
    expect(await list({})).toMatchObject([
      { id: `${group}/${COUNTERS_TOPIC}/0/0`, behind: 0 },
      { id: `${group}/${COUNTERS_TOPIC}/0/1`, behind: 1 },
    ]);
    expect(await list({ eventType: 'Broken', tenantId: 'acme', aggregateId: id, errorCode: 'TypeError' })).toHaveLength(
      1,
    );
    expect(await list({ errorCode: 'nothing' })).toEqual([]);
  });
});
