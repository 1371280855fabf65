import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '@millrace/testing';
import { type ApiClient, startTestStack, tea, type TestStack } from '@millrace/testing/stack';

import { expectEverythingAgrees } from './harness/orders-evidence.ts';

let stack: TestStack;
let client: ApiClient;
let events = 0;

beforeAll(async () => {
  stack = await startTestStack();
  client = await stack.client('acme');
});
afterAll(() => stack.stop());

/** Creates and confirms orders; each must be accepted at once. */
async function placeOrders(prefix: string, count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    expect(await client.create(`${prefix}-${index}`)).toMatchObject({ status: 201 });
    expect(await client.post(`/v1/orders/${prefix}-${index}/confirm`, {})).toMatchObject({ status: 200 });
    events += 2;
  }
}

describe('commands go on while', () => {
  it.each(['kafka', 'connect', 'registry'])('SHR-2 %s is down, and everything arrives afterwards', async (service) => {
    await stack.pause(service);
    await placeOrders(service, 10);
    await stack.resume(service);
    await expectEverythingAgrees(stack, 'acme', { events });
  });

  it('T-36 the registry is down and the command API starts anew', async () => {
    await stack.pause('registry');
    await stack.pause('command-api');
    await stack.resume('command-api');
    await placeOrders('restarted', 3);
    await stack.resume('registry');
    await expectEverythingAgrees(stack, 'acme', { events });
  });

  it('SHR-14 T-34 the slot is dropped with Connect down: repaired without help', async () => {
    await stack.pause('connect');
    await placeOrders('before-loss', 3);
    await eventually(async () => {
      await stack.database.query(
        `select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = 'millrace' and not active`,
      );
      const { rows } = await stack.database.query(`select from pg_replication_slots where slot_name = 'millrace'`);
      return rows.length === 0;
    });
    await placeOrders('after-loss', 3);
    await stack.resume('connect');
    const read = await eventually(
      async () => {
        const answer = await client.get('/v1/orders/after-loss-2?minVersion=2&wait=5s');
        return answer.status === 200 && answer;
      },
      { timeoutMs: 60_000 },
    );
    expect(read.body).toMatchObject({ status: 'confirmed' });
  });

  it('ORD-50 ORD-52 SHR-19 a projection is down: the others go on, and it catches up', async () => {
    await stack.pause('orders-by-status-projection');
    await placeOrders('one-less', 5);
    expect(await client.get('/v1/orders/one-less-4?minVersion=2&wait=10s')).toMatchObject({ status: 200 });
    await eventually(
      async () =>
        (await metric('relay-supervisor', 'millrace_projection_lag_records', 'orders-by-status-projection')) === 10,
      { timeoutMs: 15_000 },
    );
    await stack.resume('orders-by-status-projection');
    await eventually(
      async () =>
        (await metric('relay-supervisor', 'millrace_projection_lag_records', 'orders-by-status-projection')) === 0,
      { timeoutMs: 15_000 },
    );
  });
});

describe('while Postgres is down', () => {
  it('SHR-26 SHR-27 ACC-62 commands and queries are 503 with Retry-After, readiness is red, and no partial row stays', async () => {
    await stack.pause('postgres');
    const command = await client.create('unlucky');
    expect(command).toMatchObject({ status: 503, body: { code: 'STORE_UNAVAILABLE' } });
    expect(command.headers.get('retry-after')).toMatch(/^\d+$/);
    expect((await client.get('/v1/orders/kafka-0')).status).toBe(503);
    for (const app of ['command-api', 'query-api', 'order-read-model-projection']) {
      await eventually(async () => (await fetch(`${urlOf(app)}/readyz`)).status === 503);
      expect((await fetch(`${urlOf(app)}/livez`)).status).toBe(200);
    }
    await stack.resume('postgres');
    const { rows } = await stack.database.query(
      `select (select count(*) from event_store.events where aggregate_id = 'unlucky') as events, (select count(*) from outbox.outbox_messages where key = 'unlucky') as messages`,
    );
    expect(rows).toEqual([{ events: 0, messages: 0 }]);
    await eventually(async () => (await client.create('lucky')).status === 201);
    await eventually(async () => (await client.get('/v1/orders/lucky?minVersion=1&wait=5s')).status === 200, {
      timeoutMs: 60_000,
    });
  });
});

describe('bad input', () => {
  const cases: [string, unknown, number][] = [
    ['malformed JSON', '{"customerId":', 400],
    ['an unknown field', { customerId: 'c-1', items: [tea], discount: 1 }, 400],
    ['quantity 0', { customerId: 'c-1', items: [{ ...tea, quantity: 0 }] }, 422],
    ['quantity -1', { customerId: 'c-1', items: [{ ...tea, quantity: -1 }] }, 422],
    ['no items', { customerId: 'c-1', items: [] }, 422],
    [
      'a price that is no decimal',
      { customerId: 'c-1', items: [{ ...tea, unitPrice: { amount: '4,50', currency: 'EUR' } }] },
      400,
    ],
    [
      'a currency that is none',
      { customerId: 'c-1', items: [{ ...tea, unitPrice: { amount: '4.50', currency: 'euro' } }] },
      400,
    ],
    ['a body that is too large', { customerId: 'x'.repeat(300_000), items: [tea] }, 413],
    ['half a surrogate pair', { customerId: 'c-1', items: [{ ...tea, sku: '\ud800' }] }, 400],
    ['a zero character', { customerId: 'c-1', items: [{ ...tea, sku: 'a\u0000b' }] }, 400],
  ];

  it.each(cases)('SHR-25 %s is refused and leaves no row', async (_, body, status) => {
    const count = async () => (await stack.database.query('select count(*) from event_store.events')).rows;
    const before = await count();
    const answer = await client.post('/v1/orders', body);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(answer.body).toMatchObject({ status, code: expect.any(String), title: expect.any(String) });
    expect(await count()).toEqual(before);
  });

  it('ACC-40 a missing, forged or foreign token is 401', async () => {
    for (const headers of [
      { authorization: '' },
      { authorization: 'Bearer nonsense' },
      { authorization: 'Bearer eyJhbGciOiJub25lIn0.eyJ0ZW5hbnQiOiJhY21lIn0.' },
    ]) {
      const answer = await client.request('GET', '/v1/orders', { headers });
      expect(answer.status).toBe(401);
      expect(answer.headers.get('www-authenticate')).toContain('Bearer');
    }
  });

  it('ACC-40 a reader may not command', async () => {
    const reader = await stack.client('acme', ['reader']);
    expect((await reader.create('forbidden')).status).toBe(403);
  });
});

const urlOf = (name: string) => stack.services().find((service) => service.name === name)?.url ?? '';

async function metric(app: string, name: string, group: string): Promise<number | undefined> {
  const text = await (await fetch(`${urlOf(app)}/metrics`)).text();
  const [, value] = new RegExp(`^${name}\\{group="${group}"\\} (\\S+)$`, 'm').exec(text) ?? [];
  return value === undefined ? undefined : Number(value);
}
