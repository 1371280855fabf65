import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Database, openDatabase } from '@millrace/postgres';
import { createMetrics } from '@millrace/telemetry';
import { createTestDatabase, type TestDatabase } from '@millrace/testing';

import { storeSize } from './store-size.ts';

let created: TestDatabase;
let owner: Database;

beforeAll(async () => {
  created = await createTestDatabase();
  owner = openDatabase({ url: created.url });
});
afterAll(async () => {
  await owner.close();
  await created.drop();
});

const append = (database: Pick<Database, 'query'>, count: number) =>
  database.query(
    `insert into event_store.events (tenant_id, aggregate_type, aggregate_id, sequence_number, event_id, event_type,
       event_version, payload, correlation_id, traceparent, occurred_at)
     select 'acme', 'order', uuidv7()::text, 1, uuidv7(), 'OrderCreated', 1, '{}', 'c', 't', now()
     from generate_series(1, $1)`,
    [count],
  );

test('ORD-63 TOX-47 rows and bytes of the event store are what SQL says, whenever a transaction commits', async () => {
  const metrics = createMetrics('spec');
  const look = storeSize({ database: owner, metrics });
  const reported = async (name: string) => {
    const { body } = await metrics.scrape();
    return Number(new RegExp(`^${name} (.+)$`, 'm').exec(body)?.[1]);
  };
  const agree = async () => {
    await look();
    const { rows } = await owner.query<{ events: number; bytes: number }>(
      `select count(*) as events, (select sum(pg_total_relation_size(relid)) from pg_partition_tree('event_store.events'))::float8 as bytes
       from event_store.events`,
    );
    expect(await reported('millrace_event_store_events')).toBe(rows[0]?.events);
    expect(await reported('millrace_event_store_bytes')).toBe(rows[0]?.bytes);
    return rows[0]?.events;
  };
  expect(await agree()).toBe(0);
  await append(owner, 50);
  expect(await agree()).toBe(50);
  await owner.transaction(async (slow) => {
    await append(slow, 3);
    await append(owner, 4);
    expect(await agree()).toBe(54);
    expect(await agree()).toBe(54);
  });
  expect(await agree()).toBe(57);
  await owner.query('update event_store.epoch set epoch = epoch + 1');
  await append(owner, 1);
  expect(await agree()).toBe(58);
});
