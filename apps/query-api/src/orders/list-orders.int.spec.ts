import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@millrace/testing';

import { OrderReadSide } from './order-read-side.fixture.ts';

let created: TestDatabase;
let readSide: OrderReadSide;

beforeAll(async () => {
  created = await createTestDatabase();
  readSide = new OrderReadSide(created);
  const histories = [
    ['OrderCreated'],
    ['OrderCreated', 'OrderConfirmed'],
    ['OrderCreated', 'OrderConfirmed', 'OrderShipped'],
    ['OrderCreated', 'OrderConfirmed', 'OrderShipped', 'OrderDelivered'],
    ['OrderCreated', 'OrderCancelled'],
  ] as const;
  // o-0 is the oldest; two neighbours at a time share their instant, but for a microsecond of the last pair.
  for (let index = 0; index < 10; index += 1) {
    const createdAt = `2026-01-02T03:04:0${Math.floor(index / 2)}.00000${index === 9 ? 1 : 0}Z`.replace(
      '.000000Z',
      '.000Z',
    );
    const customerId = index % 2 === 0 ? 'c-even' : 'c-odd';
    await readSide.storeAndProject({ orderId: `o-${index}`, customerId, createdAt }, ...(histories[index % 5] ?? []));
  }
  await readSide.storeAndProject({ tenantId: 'umbrella', orderId: 'u-1', customerId: 'c-even' }, 'OrderCreated');
});
afterAll(async () => {
  await readSide.close();
  await created.drop();
});

type Listed = { items: { orderId: string; status: string; version: number }[]; next?: string };

async function list(url: string, headers: Record<string, string> = {}): Promise<Listed> {
  const { status, body } = await readSide.get(url, headers);
  expect(status).toBe(200);
  return body as Listed;
}

const ids = ({ items }: Listed) => items.map(({ orderId }) => orderId);

async function pages(url: string, limit: number): Promise<string[][]> {
  const seen: string[][] = [];
  for (let cursor: string | undefined = ''; cursor !== undefined;) {
    const page: Listed = await list(
      `${url}${url.includes('?') ? '&' : '?'}limit=${limit}${cursor && `&cursor=${cursor}`}`,
    );
    seen.push(ids(page));
    cursor = page.next;
  }
  return seen;
}

describe('GET /v1/orders', () => {
  test('ORD-45 by status, newest first, each order under exactly one', async () => {
    expect(ids(await list('/v1/orders'))).toEqual([
      'o-9',
      'o-8',
      'o-7',
      'o-6',
      'o-5',
      'o-4',
      'o-3',
      'o-2',
      'o-1',
      'o-0',
    ]);
    const byStatus = await Promise.all(
      ['created', 'confirmed', 'shipped', 'delivered', 'cancelled'].map((status) =>
        list(`/v1/orders?status=${status}`),
      ),
    );
    expect(byStatus.map(ids)).toEqual([
      ['o-5', 'o-0'],
      ['o-6', 'o-1'],
      ['o-7', 'o-2'],
      ['o-8', 'o-3'],
      ['o-9', 'o-4'],
    ]);
    expect(byStatus[2]?.items[0]).toEqual({
      orderId: 'o-7',
      customerId: 'c-odd',
      status: 'shipped',
      total: { amount: '25.00', currency: 'EUR' },
      createdAt: '2026-01-02T03:04:03.000Z',
      updatedAt: '2026-01-02T03:04:05.000Z',
      version: 3,
    });
  });

  test('T-9 active means created, confirmed and shipped; any other word is refused', async () => {
    expect(ids(await list('/v1/orders?status=active'))).toEqual(['o-7', 'o-6', 'o-5', 'o-2', 'o-1', 'o-0']);
    expect(await readSide.get('/v1/orders?status=ACTIVE')).toMatchObject({
      status: 400,
      body: {
        code: 'VALIDATION_FAILED',
        errors: [{ parameter: 'status', detail: expect.stringContaining('created, confirmed') }],
      },
    });
  });

  test.each([1, 2, 3, 4, 9, 10, 11])(
    'T-63 pages of %i hold every order once, also those of one instant',
    async (limit) => {
      const seen = await pages('/v1/orders', limit);
      expect(seen.flat()).toEqual(['o-9', 'o-8', 'o-7', 'o-6', 'o-5', 'o-4', 'o-3', 'o-2', 'o-1', 'o-0']);
      expect(seen).toHaveLength(Math.ceil(10 / limit));
      expect((await pages('/v1/orders?status=active', limit)).flat()).toEqual([
        'o-7',
        'o-6',
        'o-5',
        'o-2',
        'o-1',
        'o-0',
      ]);
    },
  );

  test('T-63 what comes or goes between two pages neither skips nor repeats the others', async () => {
    const first = await list('/v1/orders?limit=3');
    await readSide.storeAndProject({ orderId: 'o-newer', createdAt: '2026-06-01T00:00:00.000Z' }, 'OrderCreated');
    await readSide.sql(`delete from read_model.orders_by_status where order_id = 'o-7'`);
    expect(ids(await list(`/v1/orders?limit=3&cursor=${first.next}`))).toEqual(['o-6', 'o-5', 'o-4']);
    await readSide.sql(`delete from read_model.orders_by_status where order_id = 'o-newer'`);
    await readSide.projectOrder({ orderId: 'o-7', createdAt: '2026-01-02T03:04:03.000Z' });
  });

  test('T-70 a cursor serves the list, the filters and the tenant that it was made for', async () => {
    const { next = '' } = await list('/v1/orders?status=active&limit=2');
    const refused = async (url: string, headers?: Record<string, string>) => (await readSide.get(url, headers)).body;
    const expected = { status: 400, code: 'VALIDATION_FAILED', errors: [{ parameter: 'cursor' }] };
    expect(await refused(`/v1/orders?cursor=${next}`)).toMatchObject(expected);
    expect(await refused(`/v1/orders?status=created&cursor=${next}`)).toMatchObject(expected);
    expect(await refused(`/v1/customers/c-even/orders?status=active&cursor=${next}`)).toMatchObject(expected);
    expect(
      await refused(`/v1/orders?status=active&cursor=${next}`, { authorization: 'Bearer umbrella' }),
    ).toMatchObject(expected);
    expect(await refused('/v1/orders?cursor=nonsense')).toMatchObject(expected);
    const [scope] = JSON.parse(Buffer.from(next, 'base64url').toString()) as [string];
    for (const position of [
      ['yesterday', 'o-1'],
      ['2026-01-02T03:04:05Z'],
      ['2026-01-02T03:04:05Z', 7],
      ['2026-01-02T03:04:05Z', '\0'],
    ]) {
      const forged = Buffer.from(JSON.stringify([scope, ...position])).toString('base64url');
      expect(await refused(`/v1/orders?status=active&cursor=${forged}`)).toMatchObject(expected);
    }
  });

  test.each(['limit=0', 'limit=201', 'limit=x', 'limit=1.5', 'limit=', 'offset=10', 'cursor='])(
    'T-70 ?%s is 400',
    async (query) => {
      expect(await readSide.get(`/v1/orders?${query}`)).toMatchObject({
        status: 400,
        body: { code: 'VALIDATION_FAILED' },
      });
    },
  );

  test('SHR-44 the answer says how far the projection was, and that number grows', async () => {
    const before = Number((await readSide.get('/v1/orders')).headers['millrace-position']);
    await readSide.projectOrder({ orderId: 'o-1', createdAt: '2026-01-02T03:04:00.000Z' });
    expect(Number((await readSide.get('/v1/orders')).headers['millrace-position'])).toBe(before + 1);
  });

  test('SHR-43 an equal page is a hit until the projection moves or a parked event is retried', async () => {
    const counts = async () => [
      await readSide.metric('millrace_cache_hits_total{query="ListOrders"}'),
      await readSide.metric('millrace_cache_misses_total{query="ListOrders"}'),
    ];
    const [hits = 0, misses = 0] = await counts();
    await list('/v1/orders?limit=7');
    await list('/v1/orders?limit=7');
    expect(await counts()).toEqual([hits + 1, misses + 1]);
    await readSide.storeAndProject({ orderId: 'o-changed' }, 'OrderCreated');
    expect(ids(await list('/v1/orders?limit=7'))).toContain('o-changed');
    expect(await counts()).toEqual([hits + 1, misses + 2]);
    await readSide.sql(`insert into consumer.parked_events (consumer_group, topic, partition, record_offset, tenant_id, aggregate_type, aggregate_id,
      sequence_number, event_id, event_type, headers, error_code, error_detail)
      values ('orders-by-status-projection', 'orders.events.v1', 0, 9, 'acme', 'order', 'o-x', 2, 'e-2', 'OrderConfirmed', '{}', 'RECORD_MALFORMED', 'x')`);
    await list('/v1/orders?limit=7');
    await readSide.sql(`delete from consumer.parked_events`);
    await list('/v1/orders?limit=7');
    expect(await counts()).toEqual([hits + 1, misses + 4]);
    await readSide.sql(`delete from read_model.orders_by_status where order_id = 'o-changed'`);
  });

  test('a tenant sees its own orders only', async () => {
    expect(ids(await list('/v1/orders', { authorization: 'Bearer umbrella' }))).toEqual(['u-1']);
    expect(await list('/v1/orders', { authorization: 'Bearer nobody' })).toEqual({ items: [] });
  });
});

describe('GET /v1/customers/:customerId/orders', () => {
  test('ORD-44 only those of the customer and the tenant, by status, in pages', async () => {
    const even = await list('/v1/customers/c-even/orders');
    expect(ids(even)).toEqual(['o-8', 'o-6', 'o-4', 'o-2', 'o-0']);
    expect(even.items[0]).toMatchObject({ customerId: 'c-even', itemCount: 2, version: 4 });
    expect(ids(await list('/v1/customers/c-even/orders?status=active'))).toEqual(['o-6', 'o-2', 'o-0']);
    expect(await pages('/v1/customers/c-odd/orders', 2)).toEqual([['o-9', 'o-7'], ['o-5', 'o-3'], ['o-1']]);
    expect(ids(await list('/v1/customers/c-even/orders', { authorization: 'Bearer umbrella' }))).toEqual(['u-1']);
  });

  test('a customer without orders has an empty list; a malformed id is 400', async () => {
    expect(await list('/v1/customers/c-none/orders')).toEqual({ items: [] });
    expect((await readSide.get('/v1/customers/-bad/orders')).body).toMatchObject({
      status: 400,
      errors: [{ parameter: 'customerId' }],
    });
  });
});

describe('ORD-56 plans', () => {
  test('a page of a status walks its index and sorts nothing but the heads', async () => {
    await readSide.sql(`insert into read_model.orders_by_status select 'acme', 'bulk-' || n, 'delivered', 'c', '1.00', 'EUR', now() - n * interval '1 s', now(), 4
      from generate_series(1, 20000) n`);
    await readSide.sql('analyze read_model.orders_by_status');
    const { rows } =
      await readSide.sql(`explain (analyze, format json) select orders.* from unnest(array['created', 'confirmed', 'shipped']) as wanted (status) cross join lateral (
      select * from read_model.orders_by_status where tenant_id = 'acme' and status = wanted.status and (created_at, order_id) < ('infinity', '')
      order by created_at desc, order_id desc limit 51) as orders order by orders.created_at desc, orders.order_id desc limit 51`);
    const plan = JSON.stringify(rows[0]);
    expect(plan).toContain('orders_by_status_newest');
    expect(plan).not.toContain('Seq Scan');
  });
});
