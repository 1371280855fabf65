import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Database, openDatabase } from '@millrace/postgres';
import { createTestDatabase, type TestDatabase } from '@millrace/testing';

import { CapturedCli } from './captured-run.fixture.ts';
import { tenantsCommand } from './tenants.ts';

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

test('ACC-8 millrace tenants partition: the tenant has a partition of its own, whoever asks and however often', async () => {
  await owner.query(
    `insert into event_store.events (tenant_id, aggregate_type, aggregate_id, sequence_number, event_id, event_type,
       event_version, payload, correlation_id, traceparent, occurred_at)
     select tenant, 'order', 'o-1', n, gen_random_uuid(), 'OrderCreated', 1, '{}', 'c', 't', now()
       from unnest(array['acme', 'rival']) tenant, generate_series(1, 3) n`,
  );
  const cli = new CapturedCli([tenantsCommand], () => ({ DATABASE_URL: created.url, MILLRACE_HOME: '/nonexistent' }));
  const run = () => cli.answer(['tenants', 'partition', 'acme']);
  const partition = 'event_store.tenant_acme';
  expect(await run()).toEqual({ tenant: 'acme', partition, moved: 3 });
  expect(await run()).toEqual({ tenant: 'acme', partition, moved: 0 });
  const { rows } = await owner.query(
    'select tenant_id, tableoid::regclass::text as place, count(*) from event_store.events group by 1, 2 order by 1',
  );
  expect(rows).toEqual([
    { tenant_id: 'acme', place: partition, count: 3 },
    { tenant_id: 'rival', place: 'event_store.events_default', count: 3 },
  ]);
});
