import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Database, openDatabase } from '@millrace/postgres';
import { createTestDatabase, type TestDatabase } from '@millrace/testing';

import { insertOutboxRows, outboxRow } from './index.ts';
import { announcedEvent, publication } from './outbox.fixture.ts';

let created: TestDatabase;
let database: Database;
beforeAll(async () => {
  created = await createTestDatabase();
  database = openDatabase({ url: created.url });
});
afterAll(async () => {
  await database.close();
  await created.drop();
});

describe('the outbox refuses at INSERT what Kafka would refuse later', () => {
  type Change = Parameters<typeof announcedEvent>[0] & Parameters<typeof publication>[0];
  const insert = (change: Change) =>
    database.transaction((transaction) =>
      insertOutboxRows(transaction, [outboxRow(announcedEvent(change), publication(change))]),
    );
  const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString();

  test.each<[string, Change, string]>([
    [
      'headers that are too large together',
      { correlationId: 'x'.repeat(60_000), causationId: 'x'.repeat(60_000) },
      'outbox_messages_headers_size',
    ],
    ['a key that is too long', { aggregateId: 'x'.repeat(10_001) }, 'outbox_messages_headers_size'],
    ['a payload that is too large', { payload: Buffer.alloc(900_000) }, 'outbox_messages_payload_size'],
    ['a time that no record can have', { occurredAt: '1969-12-31T23:59:59Z' }, 'outbox_messages_record_time'],
    ['a time that brokers take for wrong', { occurredAt: inHours(1) }, 'outbox_messages_record_time'],
    ['the end of time', { occurredAt: 'infinity' }, 'outbox_messages_record_time'],
    ['a topic that is not there', { topic: 'nowhere' }, 'outbox_messages_topic_exists'],
  ])('SHR-14 T-33 %s', async (_, change, constraint) => {
    await expect(insert(change)).rejects.toMatchObject({ code: '23514', constraint });
  });

  test('SHR-14 and nothing smaller', async () => {
    await insert({ payload: Buffer.alloc(899_999), correlationId: 'x'.repeat(80_000), aggregateId: 'x'.repeat(5_000) });
    await insert({ occurredAt: inHours(0.5) });
  });
});
