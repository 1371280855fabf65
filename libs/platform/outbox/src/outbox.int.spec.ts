import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Database, openDatabase } from '@millrace/postgres';
import { createTestDatabase, type TestDatabase } from '@millrace/testing';

import { insertOutboxRows, loadSchemaIds, outboxRow } from './index.ts';
import { announcedEvent, publication } from './outbox.fixture.ts';

let created: TestDatabase;
let owner: Database;
let projector: Database;
beforeAll(async () => {
  created = await createTestDatabase();
  owner = openDatabase({ url: created.url });
  projector = openDatabase({ url: created.roleUrls.projector });
});
afterAll(async () => {
  await Promise.all([owner.close(), projector.close()]);
  await created.drop();
});

const stored = async () => (await owner.query('select * from outbox.outbox_messages order by seq')).rows;

describe('insertOutboxRows', () => {
  it('SHR-14 writes every column that becomes a header, as the text of the header', async () => {
    const event = announcedEvent({ sequenceNumber: 7, eventVersion: 2 });
    await projector.transaction((transaction) => insertOutboxRows(transaction, [outboxRow(event, publication())]));

    const [row] = await stored();
    expect(row).toEqual({
      seq: 1,
      id: event.eventId,
      topic: 'orders.events.v1',
      key: event.aggregateId,
      type: 'OrderCreated',
      payload: Buffer.from([0, 0, 0, 0, 1, 0xff]),
      occurred_at: expect.anything(),
      created_at: expect.any(String),
      ce_specversion: '1.0',
      ce_source: 'urn:millrace:orders',
      ce_subject: event.aggregateId,
      ce_time: '2026-01-02T03:04:05.678Z',
      ce_dataschema: 'urn:millrace:schema:orders.OrderCreated:2',
      content_type: 'application/avro',
      ce_tenantid: 'acme',
      ce_aggregatetype: 'order',
      ce_aggregateversion: '7',
      ce_eventversion: '2',
      ce_correlationid: 'correlation',
      ce_causationid: 'causation',
      ce_userid: 'alice',
      ce_sessionid: 'session',
      ce_epoch: '1',
      traceparent: event.traceparent,
    });
  });

  it('SHR-4 keeps the time of the record equal to ce_time, in UTC', async () => {
    const { rows } = await owner.query('select distinct occurred_at::text, ce_time from outbox.outbox_messages');
    expect(rows).toEqual([{ occurred_at: '2026-01-02 03:04:05.678', ce_time: '2026-01-02T03:04:05.678Z' }]);
  });

  it('ACC-36 keeps the order of many rows, and writes none of them when the transaction fails', async () => {
    const before = (await stored()).length;
    const rows = Array.from({ length: 2_500 }, (_, index) =>
      outboxRow(announcedEvent({ sequenceNumber: index + 1 }), publication()),
    );
    const failing = projector.transaction(async (transaction) => {
      await insertOutboxRows(transaction, rows);
      throw new Error('stop');
    });
    await expect(failing).rejects.toThrow('stop');
    expect((await stored()).length).toBe(before);

    await projector.transaction((transaction) => insertOutboxRows(transaction, rows));
    const versions = (await stored()).slice(before).map(({ ce_aggregateversion }) => Number(ce_aggregateversion));
    expect(versions).toEqual(rows.map(({ aggregateVersion }) => aggregateVersion));
  });

  it('carries the epoch of the moment, also when a restore bumps it under a running process', async () => {
    await owner.query('update event_store.epoch set epoch = 2');
    await projector.transaction((transaction) =>
      insertOutboxRows(transaction, [outboxRow(announcedEvent(), publication())]),
    );
    expect((await stored()).at(-1)).toMatchObject({ ce_epoch: '2' });
  });

  it.each([
    ['a topic that is not deployed', 'outbox_messages_topic_exists', { topic: 'nowhere.v1' }],
    ['a payload that Kafka would refuse', 'outbox_messages_payload_size', { payload: Buffer.alloc(900_000) }],
    ['an empty header', 'outbox_messages_ce_source_check', { source: '' }],
  ])('SHR-14 refuses %s', async (_, constraint, change) => {
    const row = outboxRow(announcedEvent(), publication(change));
    const insert = projector.transaction((transaction) => insertOutboxRows(transaction, [row]));
    await expect(insert).rejects.toMatchObject({ code: '23514', constraint });
  });
});

describe('partitions', () => {
  it('take the rows of their hour, with every constraint, and the topic list can change under them', async () => {
    await owner.query(`select outbox.make_partitions(now(), 48)`);
    await owner.query(`select outbox.make_partitions(now(), 48)`);
    await owner.query(`select outbox.allow_topics(array['orders.events.v1', 'jobs.events.v1'])`);
    await owner.query(`select outbox.make_partitions(now(), 60)`);
    const insert = (topic: string) =>
      projector.transaction((transaction) =>
        insertOutboxRows(transaction, [outboxRow(announcedEvent(), publication({ topic }))]),
      );
    await insert('jobs.events.v1');
    await expect(insert('orders.public.v1')).rejects.toMatchObject({ constraint: 'outbox_messages_topic_exists' });
    const { rows } = await owner.query<{ constraints: number }>(
      `select distinct count(*) as constraints from pg_constraint join pg_inherits on conrelid = inhrelid
        where inhparent = 'outbox.outbox_messages'::regclass and contype in ('c', 'p') group by conrelid`,
    );
    expect(rows).toHaveLength(1);
  });

  it('leave an hour to the default partition that already holds rows of it', async () => {
    await owner.query(
      `update outbox.outbox_messages set created_at = now() + interval '70 hours' where ce_epoch = '2'`,
    );
    await owner.query(`select outbox.make_partitions(now() + interval '69 hours', 3)`);
    const { rows } = await owner.query(
      `select tableoid::regclass::text as partition from outbox.outbox_messages where created_at > now() + interval '69 hours'`,
    );
    expect(rows[0]).toEqual({ partition: 'outbox.outbox_messages_default' });
  });
});

describe('loadSchemaIds', () => {
  it('reads what deploy stored', async () => {
    await owner.query(`insert into outbox.schema_ids values ('orders.events.v1-orders.OrderCreated', 2, 17)`);
    expect(await loadSchemaIds(projector)).toEqual([
      { subject: 'orders.events.v1-orders.OrderCreated', eventVersion: 2, schemaId: 17 },
    ]);
  });
});
