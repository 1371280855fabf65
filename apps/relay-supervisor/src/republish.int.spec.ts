import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { EventEncoder } from '@millrace/avro';
import { EventCatalogue } from '@millrace/core';
import { PostgresEventStore } from '@millrace/event-store';
import { type Database, openDatabase } from '@millrace/postgres';
import { republishEvents, republishOutboxRows } from '@millrace/relay';
import { createTestDatabase, type TestDatabase } from '@millrace/testing';

const TOPIC = 'orders.events.v1';

const schemaOf = (version: number) => ({
  type: 'record',
  name: 'CounterMoved',
  namespace: 'counters',
  fields: [
    { name: 'steps', type: { type: 'map', values: 'long' } },
    ...(version === 1 ? [] : [{ name: 'by', type: 'string', default: 'nobody' }]),
  ],
});

/** The catalogue at the time when `newest` was the newest version. */
const catalogueUpTo = (newest: number) =>
  new EventCatalogue([
    {
      type: 'CounterMoved',
      aliases: ['counter.moved'],
      aggregateType: 'counter',
      topic: TOPIC,
      schemas: Object.fromEntries(
        [1, 2].filter((version) => version <= newest).map((version) => [version, schemaOf(version)]),
      ),
      upcasters: { 1: (data) => ({ ...(data as object), by: 'nobody' }) },
    },
  ]);
const registered = [1, 2].map((eventVersion) => ({
  subject: `${TOPIC}-counters.CounterMoved`,
  eventVersion,
  schemaId: 70 + eventVersion,
}));
const encoderUpTo = (newest: number) => new EventEncoder([catalogueUpTo(newest)], registered);
const encoder = encoderUpTo(2);

let created: TestDatabase;
let database: Database;
beforeAll(async () => {
  created = await createTestDatabase();
  database = openDatabase({ url: created.url, poolSize: 3 });
});
afterAll(async () => {
  await database.close();
  await created.drop();
});

const ref = (aggregateId: string, sequenceNumber: number, tenantId = 'acme') => ({
  tenantId,
  aggregateType: 'counter',
  aggregateId,
  sequenceNumber,
});

/** Appends one event after the other, as command-api did when `version` was the newest. */
async function append(aggregateId: string, version: number, fromVersion = 0): Promise<void> {
  const encode = (type: string, data: unknown) => encoderUpTo(version).encode(type, data);
  const store = new PostgresEventStore({ database, catalogue: catalogueUpTo(version), encode });
  const { sequenceNumber: _, ...stream } = ref(aggregateId, 1);
  const [userId, sessionId] = ['alice', 's-1'];
  await store.append({
    stream,
    expectedVersion: fromVersion,
    causation: { correlationId: 'corr', causationId: 'cause', userId, sessionId, traceparent: '00-0-0-01' },
    events: [
      {
        type: 'CounterMoved',
        eventId: randomUUID(),
        eventVersion: version,
        occurredAt: '2026-01-02T03:04:05.678912Z',
        data: { steps: { zz: 1, a: 2, 10: 3, ß: 4 }, ...(version > 1 && { by: 'bob' }) },
      },
    ],
  });
}

/** Messages about an aggregate in the order in which they leave. */
async function messagesOf(key: string): Promise<Record<string, unknown>[]> {
  const { rows } = await database.query(`select * from outbox.outbox_messages where key = $1 order by seq`, [key]);
  return rows.map(({ seq: _seq, created_at: _created, ...message }) => message as Record<string, unknown>);
}

describe('republishEvents', () => {
  test('SHR-18 T-33 makes the message again as it was: id, headers, time, version and bytes', async () => {
    await append('twice', 1);
    await append('twice', 2, 1);
    const first = await messagesOf('twice');
    expect(await republishEvents(database, encoder, [ref('twice', 2), ref('twice', 1)])).toEqual({
      published: { [TOPIC]: 2 },
      refused: [],
    });
    expect(await messagesOf('twice')).toStrictEqual([...first, ...first]);
    const noted = await database.query('select topic, count(*) as times from audit.reemissions group by topic');
    expect(noted.rows).toEqual([{ topic: TOPIC, times: 2 }]);
  });

  test('SHR-18 keeps the order of the store over aggregates, and gives each message the present epoch', async () => {
    for (const version of [0, 1]) for (const id of ['left', 'right']) await append(id, 2, version);
    await database.query('update event_store.epoch set epoch = 3');
    await republishEvents(database, encoder, [ref('right', 2), ref('left', 2), ref('right', 1), ref('left', 1)]);
    await database.query('update event_store.epoch set epoch = 1');
    const { rows } = await database.query<{ message: string }>(
      `select key || '@' || ce_aggregateversion as message from outbox.outbox_messages where ce_epoch = '3' order by seq`,
    );
    expect(rows.map(({ message }) => message)).toEqual(['left@1', 'right@1', 'left@2', 'right@2']);
  });

  test('SHR-18 an event under the name of an older store goes out as the type that the name stands for', async () => {
    await append('renamed', 1);
    await database.query('alter table event_store.events disable trigger events_append_only');
    await database.query(`update event_store.events set event_type = 'counter.moved' where aggregate_id = 'renamed'`);
    await database.query('alter table event_store.events enable trigger events_append_only');
    await republishEvents(database, encoder, [ref('renamed', 1)]);
    const [first, second] = await messagesOf('renamed');
    expect(second).toStrictEqual(first);
  });

  test('SHR-18 refuses what is not stored, is in quarantine or does not fit its schema, and sends the others', async () => {
    for (const id of ['held', 'bent', 'fine']) await append(id, 2);
    await database.query(
      `insert into outbox.quarantine (reason, seq, id, topic, tenant_id, message)
       select 'spec', seq, id, topic, ce_tenantid, to_jsonb(row) from outbox.outbox_messages row where key = 'held'`,
    );
    await database.query('alter table event_store.events disable trigger events_append_only');
    await database.query(`update event_store.events set payload = '{"by": 1}' where aggregate_id = 'bent'`);
    await database.query('alter table event_store.events enable trigger events_append_only');
    const report = await republishEvents(
      database,
      encoder,
      ['gone', 'held', 'bent', 'fine'].map((id) => ref(id, 1)),
    );
    expect(report.published).toEqual({ [TOPIC]: 1 });
    expect(report.refused).toEqual([
      { ...ref('gone', 1), reason: 'the store has no such event' },
      { ...ref('held', 1), reason: 'its message is in quarantine' },
      { ...ref('bent', 1), reason: expect.stringContaining('does not fit its schema') },
    ]);
    expect(await messagesOf('fine')).toHaveLength(2);
  });
});

test('SHR-18 republishOutboxRows copies what the outbox retains, in its order, for the topic that lacks it', async () => {
  await append('copied', 2);
  const [message] = await messagesOf('copied');
  const ids = [String(message?.['id'])];
  expect(await republishOutboxRows(database, ids, 'orders.public.v1')).toBe(0);
  expect(await republishOutboxRows(database, [...ids, randomUUID()], TOPIC)).toBe(1);
  expect(await republishOutboxRows(database, ids, TOPIC)).toBe(1);
  expect(await messagesOf('copied')).toStrictEqual([message, message, message]);
});
