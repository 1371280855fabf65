import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@millrace/testing';

import { OrderReadSide } from './orders/order-read-side.fixture.ts';

let created: TestDatabase;
let readSide: OrderReadSide;

beforeAll(async () => {
  created = await createTestDatabase();
  readSide = new OrderReadSide(created);
  await readSide.storeAndProject({ orderId: 'o-1' }, 'OrderCreated', 'OrderConfirmed');
});
afterAll(async () => {
  await readSide.close();
  await created.drop();
});

describe('query-api', () => {
  test('SHR-3 without rights on the event store every read model answers; history says that it cannot', async () => {
    await readSide.sql('revoke usage on schema event_store from millrace_query');
    for (const url of [
      '/v1/orders/o-1',
      '/v1/orders/o-1?minVersion=2',
      '/v1/orders',
      '/v1/orders?status=active',
      '/v1/customers/c-1/orders',
      '/readyz',
    ]) {
      expect([url, (await readSide.get(url)).status]).toEqual([url, 200]);
    }
    for (const url of [
      '/v1/orders/o-1/history',
      '/v1/orders/o-1?version=1',
      '/v1/orders/o-1?at=2027-01-01T00:00:00Z',
    ]) {
      expect(await readSide.get(url)).toMatchObject({
        status: 503,
        body: { code: 'HISTORY_UNAVAILABLE' },
        headers: { 'retry-after': '1' },
      });
    }
    await readSide.sql('grant usage on schema event_store to millrace_query');
    await readSide.sql('revoke select on event_store.events from millrace_query');
    expect((await readSide.get('/v1/orders/o-1/history')).body).toMatchObject({ code: 'HISTORY_UNAVAILABLE' });
    await readSide.sql('grant select on event_store.events to millrace_query');
    expect((await readSide.get('/v1/orders/o-1/history')).status).toBe(200);
  });

  test('SHR-27 a read model that is not there is 503, and readyz is red', async () => {
    await readSide.sql('alter table read_model.orders_by_customer rename to elsewhere');
    expect(await readSide.get('/v1/customers/c-1/orders')).toMatchObject({
      status: 503,
      body: { code: 'READ_MODEL_UNAVAILABLE' },
    });
    expect(await readSide.get('/readyz')).toMatchObject({
      status: 503,
      body: { code: 'NOT_READY', checks: [{ name: 'read-models' }] },
    });
    await readSide.sql('alter table read_model.elsewhere rename to orders_by_customer');
    expect((await readSide.get('/readyz')).status).toBe(200);
  });

  test('SHR-27 Postgres down: 503 with Retry-After, also for what is cached; livez stays green', async () => {
    const url = new URL(created.roleUrls.query);
    url.port = '1';
    const cut = new OrderReadSide({ url: created.url, roleUrls: { query: url.href } });
    for (const path of [
      '/v1/orders/o-1',
      '/v1/orders',
      '/v1/customers/c-1/orders',
      '/v1/orders/o-1/history',
      '/v1/orders/o-1?minVersion=1',
    ]) {
      expect(await cut.get(path)).toMatchObject({
        status: 503,
        body: { code: 'READ_MODEL_UNAVAILABLE' },
        headers: { 'retry-after': '1' },
      });
    }
    expect((await cut.get('/readyz')).status).toBe(503);
    expect((await cut.get('/livez')).status).toBe(200);
    await cut.close();
  });

  test('SHR-27 the four kinds of failure have four codes', async () => {
    const codeOf = async (url: string) => (await readSide.get(url)).body['code'];
    expect(await codeOf('/v1/orders?limit=1000')).toBe('VALIDATION_FAILED');
    expect(await codeOf('/v1/orders/o-0')).toBe('ORDER_NOT_FOUND');
    expect(await codeOf('/v1/orders/o-1?minVersion=3&wait=0s')).toBe('VERSION_NOT_REACHED');
  });

  test('SHR-3 nothing can be changed here', async () => {
    const response = await readSide.server.inject({
      method: 'POST',
      url: '/v1/orders',
      payload: {},
      headers: { authorization: 'Bearer acme.admin' },
    });
    expect(response.statusCode).toBe(405);
    for (const table of [
      'event_store.events',
      'read_model.order_read_model',
      'consumer.positions',
      'outbox.outbox_messages',
    ]) {
      const { rows } = await readSide.sql(
        `select has_table_privilege('millrace_query', '${table}', 'insert, update, delete, truncate') as allowed`,
      );
      expect([table, rows]).toEqual([table, [{ allowed: false }]]);
    }
  });
});
