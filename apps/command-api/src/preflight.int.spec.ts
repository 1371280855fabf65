import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { orderEvents } from '@millrace/contracts/orders';
import { type Database, openDatabase } from '@millrace/postgres';
import { createTestDatabase, type TestDatabase } from '@millrace/testing';

import { deploy, undeploy } from './deployed.fixture.ts';
import { preflight } from './preflight.ts';

const slotName = `preflight_${process.pid}`;
let created: TestDatabase;
let owner: Database;
let database: Database;

beforeAll(async () => {
  created = await createTestDatabase();
  owner = openDatabase({ url: created.url });
  database = openDatabase({ url: created.roleUrls.command });
});
afterAll(async () => {
  await database.close();
  await undeploy(owner, slotName);
  await owner.close();
  await created.drop();
});

async function problems(): Promise<string[]> {
  try {
    await preflight(database, { catalogues: [orderEvents], slotName });
    return [];
  } catch (error) {
    const { code, message, facts } = error as { code: string; message: string; facts: { problems: string[] } };
    expect([code, message]).toEqual(['PREFLIGHT_FAILED', expect.stringContaining('Fix: run `npx millrace deploy`')]);
    return facts.problems;
  }
}

describe('preflight', () => {
  test('a database that was migrated and not deployed: every missing schema id, and the slot', async () => {
    expect(await problems()).toEqual([
      'schema orders.events.v1-orders.OrderCancelled version 1 has no id',
      'schema orders.events.v1-orders.OrderConfirmed version 1 has no id',
      'schema orders.events.v1-orders.OrderCreated version 1 has no id',
      'schema orders.events.v1-orders.OrderCreated version 2 has no id',
      'schema orders.events.v1-orders.OrderDelivered version 1 has no id',
      'schema orders.events.v1-orders.OrderItemsUpdated version 1 has no id',
      'schema orders.events.v1-orders.OrderShipped version 1 has no id',
      `replication slot ${slotName} is missing: what is committed without it may never leave`,
    ]);
  });

  test('a deployed one passes; everything that is then broken is told at once', async () => {
    await deploy(owner, slotName);
    expect(await problems()).toEqual([]);
    await owner.query('revoke insert on event_store.events from millrace_command');
    await owner.query('revoke update on command.pending_commands from millrace_command');
    await owner.query('revoke insert on outbox.outbox_messages from millrace_command');
    await owner.query(`select outbox.allow_topics(array['orders.public.v1'])`);
    await owner.query('drop publication millrace');
    expect(await problems()).toEqual([
      'role millrace_command may not update on command.pending_commands',
      'role millrace_command may not insert on event_store.events',
      'role millrace_command may not insert on outbox.outbox_messages',
      'the outbox does not take topic orders.events.v1',
      'publication millrace is missing',
    ]);
  });

  test('an empty database: the tables', async () => {
    await owner.query('drop schema outbox cascade');
    expect(await problems()).toEqual(
      expect.arrayContaining(['table outbox.outbox_messages is missing', 'table outbox.schema_ids is missing']),
    );
  });
});
