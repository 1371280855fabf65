import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@millrace/testing';

import { OrderReadSide } from './order-read-side.fixture.ts';

let created: TestDatabase;
let readSide: OrderReadSide;

beforeAll(async () => {
  created = await createTestDatabase();
  readSide = new OrderReadSide(created);
  await readSide.storeAndProject(
    { orderId: 'o-1' },
    'OrderCreated',
    'OrderItemsUpdated',
    'OrderConfirmed',
    'OrderShipped',
    'OrderDelivered',
  );
});
afterAll(async () => {
  await readSide.close();
  await created.drop();
});

type Listed = { items: Record<string, unknown>[]; next?: string };

describe('time travel', () => {
  test('ORD-57 SHR-41 each version, and the newest is equal to the read model', async () => {
    const seen: unknown[] = [];
    for (const version of [1, 2, 3, 4, 5]) {
      const { headers, body } = await readSide.get(`/v1/orders/o-1?version=${version}`);
      expect([headers['etag'], body['version']]).toEqual([`"${version}"`, version]);
      seen.push(body['status']);
    }
    expect(seen).toEqual(['created', 'created', 'confirmed', 'shipped', 'delivered']);
    expect((await readSide.get('/v1/orders/o-1?version=5')).body).toEqual((await readSide.get('/v1/orders/o-1')).body);
  });

  test('T-10 a version beyond the head is a defined 404, other than that of an unknown order', async () => {
    expect(await readSide.get('/v1/orders/o-1?version=6')).toMatchObject({
      status: 404,
      body: { code: 'VERSION_NOT_REACHED' },
    });
    expect(await readSide.get('/v1/orders/o-0?version=1')).toMatchObject({
      status: 404,
      body: { code: 'ORDER_NOT_FOUND' },
    });
  });

  test('T-10 versions 99, 100 and 101 of a long stream', async () => {
    const updates = Array.from({ length: 101 }, () => 'OrderItemsUpdated' as const);
    await readSide.store({ orderId: 'o-long' }, 'OrderCreated', ...updates);
    for (const version of [99, 100, 101]) {
      const { body } = await readSide.get(`/v1/orders/o-long?version=${version}`);
      const updatedAt = new Date(Date.parse('2026-01-02T03:04:05Z') + 1_000 * (version - 1)).toISOString();
      expect(body).toMatchObject({ version, updatedAt });
    }
  });

  test('SHR-41 T-18 each instant: up to and including it, in any zone, to the microsecond', async () => {
    const statusAt = async (at: string) =>
      (await readSide.get(`/v1/orders/o-1?at=${encodeURIComponent(at)}`)).body['version'];
    expect(await statusAt('2026-01-02T03:04:05Z')).toBe(1);
    expect(await statusAt('2026-01-02T03:04:06.999999Z')).toBe(2);
    expect(await statusAt('2026-01-02T03:04:07.000Z')).toBe(3);
    expect(await statusAt('2026-01-02T04:04:07+01:00')).toBe(3);
    expect(await statusAt('2999-01-01T00:00:00Z')).toBe(5);
    expect(await readSide.get('/v1/orders/o-1?at=2026-01-02T03:04:04.999999Z')).toMatchObject({
      status: 404,
      body: { code: 'ORDER_NOT_FOUND' },
    });
  });

  test('T-18 a clock that was set back does not tear the history apart', async () => {
    await readSide.store({ orderId: 'o-skewed' }, 'OrderCreated', 'OrderConfirmed');
    await readSide.store({ orderId: 'o-skewed', createdAt: '2026-01-02T03:04:03.500Z' }, 'OrderShipped');
    expect((await readSide.get('/v1/orders/o-skewed?at=2026-01-02T03:04:05.700Z')).body).toMatchObject({
      version: 1,
      status: 'created',
    });
    expect((await readSide.get('/v1/orders/o-skewed?at=2026-01-02T03:04:06Z')).body).toMatchObject({
      version: 3,
      status: 'shipped',
    });
  });

  test.each([
    'version=0',
    'version=1.5',
    'version=x',
    'version=1&at=2026-01-02T03:04:05Z',
    'version=1&minVersion=1',
    'at=2026-01-02T03:04:05Z&minVersion=1',
    'at=yesterday',
    'at=2026-04-31T00:00:00Z',
    'at=2026-01-02',
    'at=2026-01-02T03:04:05',
    'at=2026-01-02T03:04:05+01:00',
    'at=0000-01-01T00:00:00Z',
    'minVersion=0',
    'minVersion=-1',
    'wait=2s',
    'minVersion=1&wait=2',
    'minVersion=1&wait=2m',
    'minVersion=1&minVersion=2',
    'min_version=1',
  ])('T-70 ?%s is 400', async (query) => {
    expect(await readSide.get(`/v1/orders/o-1?${query}`)).toMatchObject({
      status: 400,
      body: { code: 'VALIDATION_FAILED', errors: [expect.anything()] },
    });
  });
});

describe('GET /v1/orders/:orderId/history', () => {
  test('SHR-42 ORD-2 ORD-11 what happened, who did it and why, oldest first', async () => {
    const { status, body } = await readSide.get('/v1/orders/o-1/history');
    const { items, next } = body as Listed;
    expect([status, next]).toEqual([200, undefined]);
    expect(items.map(({ type, version }) => [type, version])).toEqual([
      ['OrderCreated', 1],
      ['OrderItemsUpdated', 2],
      ['OrderConfirmed', 3],
      ['OrderShipped', 4],
      ['OrderDelivered', 5],
    ]);
    expect(items[3]).toEqual({
      eventId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      type: 'OrderShipped',
      version: 4,
      schemaVersion: 1,
      occurredAt: '2026-01-02T03:04:08.000Z',
      userId: 'alice',
      correlationId: 'process-1',
      causationId: 'command-1',
      data: { orderId: 'o-1', trackingNumber: 'TRACK123', carrier: 'DHL' },
    });
  });

  test('in pages, and a cursor serves its own order only', async () => {
    const first = (await readSide.get('/v1/orders/o-1/history?limit=2')).body as Listed;
    const second = (await readSide.get(`/v1/orders/o-1/history?limit=2&cursor=${first.next}`)).body as Listed;
    const third = (await readSide.get(`/v1/orders/o-1/history?limit=2&cursor=${second.next}`)).body as Listed;
    expect([first, second, third].map(({ items }) => items.map(({ version }) => version))).toEqual([
      [1, 2],
      [3, 4],
      [5],
    ]);
    expect(third.next).toBeUndefined();
    await readSide.store({ orderId: 'o-2' }, 'OrderCreated');
    expect((await readSide.get(`/v1/orders/o-2/history?cursor=${first.next}`)).status).toBe(400);
  });

  test('SHR-23 an event of an older schema version is shown in the current shape, and the row stays as it is', async () => {
    const [event] = await readSide.store({ orderId: 'o-old' }, 'OrderCreated');
    await readSide.sql(`alter table event_store.events disable trigger user`);
    await readSide.sql(
      `update event_store.events set event_version = 1, payload = payload - 'total' where aggregate_id = 'o-old'`,
    );
    await readSide.sql(`alter table event_store.events enable trigger user`);
    const { items } = (await readSide.get('/v1/orders/o-old/history')).body as Listed;
    expect(items[0]).toMatchObject({
      eventId: event?.eventId,
      schemaVersion: 1,
      data: { total: { amount: '25.00', currency: 'EUR' } },
    });
    expect((await readSide.get('/v1/orders/o-old?version=1')).body).toMatchObject({
      total: { amount: '25.00', currency: 'EUR' },
    });
    const { rows } = await readSide.sql(
      `select event_version, payload ? 'total' as has_total from event_store.events where aggregate_id = 'o-old'`,
    );
    expect(rows).toEqual([{ event_version: 1, has_total: false }]);
  });

  test('an unknown order is 404', async () => {
    expect(await readSide.get('/v1/orders/o-0/history')).toMatchObject({
      status: 404,
      body: { code: 'ORDER_NOT_FOUND' },
    });
  });
});
