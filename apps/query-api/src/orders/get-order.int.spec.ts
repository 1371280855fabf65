import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@millrace/testing';

import { items, OrderReadSide } from './order-read-side.fixture.ts';

let created: TestDatabase;
let readSide: OrderReadSide;

beforeAll(async () => {
  created = await createTestDatabase();
  readSide = new OrderReadSide(created);
});
afterAll(async () => {
  await readSide.close();
  await created.drop();
});

const hits = () => readSide.metric('millrace_cache_hits_total{query="GetOrder"}');
const misses = () => readSide.metric('millrace_cache_misses_total{query="GetOrder"}');

describe('GET /v1/orders/:orderId', () => {
  test('ORD-43 an order as its read model has it, with the version it reflects', async () => {
    await readSide.storeAndProject({ orderId: 'o-1' }, 'OrderCreated', 'OrderConfirmed', 'OrderShipped');
    const { status, headers, body } = await readSide.get('/v1/orders/o-1');
    expect([status, headers['etag'], headers['cache-control'], headers['vary']]).toEqual([
      200,
      '"3"',
      'private, no-cache',
      'authorization',
    ]);
    expect(headers['content-type']).toBe('application/json; charset=utf-8');
    expect(body).toEqual({
      orderId: 'o-1',
      customerId: 'c-1',
      status: 'shipped',
      items,
      total: { amount: '25.00', currency: 'EUR' },
      trackingNumber: 'TRACK123',
      carrier: 'DHL',
      createdAt: '2026-01-02T03:04:05.000Z',
      confirmedAt: '2026-01-02T03:04:06.000Z',
      shippedAt: '2026-01-02T03:04:07.000Z',
      updatedAt: '2026-01-02T03:04:07.000Z',
      version: 3,
    });
  });

  test('an unchanged order is 304 for who has it', async () => {
    await readSide.storeAndProject({ orderId: 'o-304' }, 'OrderCreated');
    const again = await readSide.get('/v1/orders/o-304', { 'if-none-match': '"1"' });
    expect([again.status, again.body, again.headers['etag']]).toEqual([304, {}, '"1"']);
    expect((await readSide.get('/v1/orders/o-304', { 'if-none-match': '"2"' })).status).toBe(200);
  });

  test('T-53 an unknown order is 404, and not remembered as such', async () => {
    expect(await readSide.get('/v1/orders/o-new')).toMatchObject({ status: 404, body: { code: 'ORDER_NOT_FOUND' } });
    await readSide.storeAndProject({ orderId: 'o-new' }, 'OrderCreated');
    expect((await readSide.get('/v1/orders/o-new')).status).toBe(200);
  });

  test('an order of another tenant is 404, also when both have the same id and one answer is cached', async () => {
    await readSide.storeAndProject({ orderId: 'o-mine' }, 'OrderCreated');
    expect((await readSide.get('/v1/orders/o-mine')).status).toBe(200);
    const umbrella = { authorization: 'Bearer umbrella' };
    for (const url of [
      '/v1/orders/o-mine',
      '/v1/orders/o-mine?version=1',
      '/v1/orders/o-mine?at=2027-01-01T00:00:00Z',
      '/v1/orders/o-mine/history',
    ]) {
      expect(await readSide.get(url, umbrella)).toMatchObject({ status: 404, body: { code: 'ORDER_NOT_FOUND' } });
    }
    await readSide.storeAndProject(
      { orderId: 'o-mine', tenantId: 'umbrella', customerId: 'c-other' },
      'OrderCreated',
      'OrderCancelled',
    );
    expect((await readSide.get('/v1/orders/o-mine', umbrella)).body).toMatchObject({
      status: 'cancelled',
      customerId: 'c-other',
    });
    expect((await readSide.get('/v1/orders/o-mine')).body).toMatchObject({ status: 'created', customerId: 'c-1' });
  });

  test('who may not read is refused', async () => {
    expect((await readSide.get('/v1/orders/o-1', { authorization: 'Bearer acme.auditor' })).status).toBe(403);
    expect((await readSide.server.inject({ url: '/v1/orders/o-1' })).statusCode).toBe(401);
    expect((await readSide.get('/v1/orders/o-1', { authorization: 'Bearer acme.writer' })).status).toBe(200);
  });
});

describe('cache', () => {
  test('SHR-43 the second equal GET is a hit; after a change the next GET shows it', async () => {
    await readSide.storeAndProject({ orderId: 'o-cached' }, 'OrderCreated');
    const [hitsBefore, missesBefore] = [await hits(), await misses()];
    const first = await readSide.get('/v1/orders/o-cached');
    const second = await readSide.get('/v1/orders/o-cached');
    expect(second.body).toEqual(first.body);
    expect([(await hits()) - hitsBefore, (await misses()) - missesBefore]).toEqual([1, 1]);

    await readSide.storeAndProject({ orderId: 'o-cached' }, 'OrderConfirmed');
    expect((await readSide.get('/v1/orders/o-cached')).body).toMatchObject({ status: 'confirmed', version: 2 });
    expect([(await hits()) - hitsBefore, (await misses()) - missesBefore]).toEqual([1, 2]);
  });

  test('T-58 a row that a rebuild wrote anew under the same version is shown, in this process and in another', async () => {
    const other = new OrderReadSide(created);
    await readSide.storeAndProject({ orderId: 'o-rebuilt' }, 'OrderCreated');
    await Promise.all([readSide.get('/v1/orders/o-rebuilt'), other.get('/v1/orders/o-rebuilt')]);
    await readSide.sql(`update read_model.order_read_model set carrier = 'rebuilt' where order_id = 'o-rebuilt'`);
    for (const replica of [readSide, other])
      expect((await replica.get('/v1/orders/o-rebuilt')).body).toMatchObject({ version: 1, carrier: 'rebuilt' });
    await readSide.sql(`begin; create table read_model.shadow (like read_model.order_read_model including all);
      insert into read_model.shadow select * from read_model.order_read_model; update read_model.shadow set carrier = 'swapped' where order_id = 'o-rebuilt';
      alter table read_model.order_read_model rename to retired; alter table read_model.shadow rename to order_read_model;
      grant select on read_model.order_read_model to millrace_query; commit`);
    for (const replica of [readSide, other])
      expect((await replica.get('/v1/orders/o-rebuilt')).body).toMatchObject({ version: 1, carrier: 'swapped' });
    await other.close();
  });

  test('a deleted row is gone', async () => {
    await readSide.storeAndProject({ orderId: 'o-deleted' }, 'OrderCreated');
    await readSide.get('/v1/orders/o-deleted');
    await readSide.sql(`delete from read_model.order_read_model where order_id = 'o-deleted'`);
    expect((await readSide.get('/v1/orders/o-deleted')).status).toBe(404);
  });

  test('0 entries switch it off', async () => {
    const uncached = new OrderReadSide(created, { cacheEntries: 0 });
    await readSide.storeAndProject({ orderId: 'o-uncached' }, 'OrderCreated');
    await uncached.get('/v1/orders/o-uncached');
    expect((await uncached.get('/v1/orders/o-uncached')).status).toBe(200);
    expect(await uncached.metric('millrace_cache_hits_total{query="GetOrder"}')).toBe(0);
    await uncached.close();
  });
});

describe('minVersion', () => {
  test('SHR-44 T-7 a read right after a command waits for the projection, and is never older', async () => {
    await readSide.storeAndProject({ orderId: 'o-wait' }, 'OrderCreated');
    await readSide.get('/v1/orders/o-wait');
    await readSide.store({ orderId: 'o-wait' }, 'OrderConfirmed');
    const waiting = readSide.get('/v1/orders/o-wait?minVersion=2&wait=3s');
    await readSide.projectOrder({ orderId: 'o-wait' });
    expect(await waiting).toMatchObject({ status: 200, headers: { etag: '"2"' }, body: { status: 'confirmed' } });
    expect((await readSide.get('/v1/orders/o-wait?minVersion=1')).body).toMatchObject({ version: 2 });
  });

  test('SHR-44 an order that is not there yet is waited for', async () => {
    const waiting = readSide.get('/v1/orders/o-soon?minVersion=1');
    await readSide.storeAndProject({ orderId: 'o-soon' }, 'OrderCreated');
    expect((await waiting).status).toBe(200);
  });

  test('SHR-44 too late is 504 with both versions, within the wait', async () => {
    await readSide.storeAndProject({ orderId: 'o-late' }, 'OrderCreated');
    const startedAt = performance.now();
    const late = await readSide.get('/v1/orders/o-late?minVersion=2&wait=300ms');
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(295);
    expect(late).toMatchObject({
      status: 504,
      body: { code: 'VERSION_NOT_REACHED', version: 1, minVersion: 2 },
      headers: { 'retry-after': '1' },
    });
    expect((await readSide.get('/v1/orders/o-late?minVersion=2&wait=0s')).status).toBe(504);
  });

  test('a wait is cut to MAX_WAIT_MS', async () => {
    const startedAt = performance.now();
    expect((await readSide.get('/v1/orders/o-never?minVersion=1&wait=60s')).status).toBe(504);
    expect(performance.now() - startedAt).toBeLessThan(6_000);
  });

  test('SHR-27 a projection that is stuck on this order says so', async () => {
    await readSide.storeAndProject({ orderId: 'o-stuck' }, 'OrderCreated');
    await readSide.sql(`insert into consumer.parked_events (consumer_group, topic, partition, record_offset, tenant_id, aggregate_type, aggregate_id,
      sequence_number, event_id, event_type, headers, error_code, error_detail)
      values ('order-read-model-projection', 'orders.events.v1', 0, 9, 'acme', 'order', 'o-stuck', 2, 'e-2', 'OrderConfirmed', '{}', 'RECORD_MALFORMED', 'x')`);
    const stuck = await readSide.get('/v1/orders/o-stuck?minVersion=2&wait=0ms');
    expect(stuck).toMatchObject({ status: 503, body: { code: 'PROJECTION_HALTED', version: 1, minVersion: 2 } });
    expect((await readSide.get('/v1/orders/o-stuck')).status).toBe(200);
  });
});
