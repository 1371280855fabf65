import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SchemaRegistry } from '@kafkajs/confluent-schema-registry';
import { CANARY_TYPE } from '@millrace/contracts/canary';
import { ORDERS_PUBLIC_TOPIC, ORDERS_TOPIC } from '@millrace/contracts/orders';
import { consumerGroups } from '@millrace/contracts/topology';
import { eventually } from '@millrace/testing';
import { type ApiClient, startTestStack, tea, type TestStack, wholeLife } from '@millrace/testing/stack';

import { expectEverythingAgrees, recordsOn } from './harness/orders-evidence.ts';
import { consumeWithPython } from './python-consumer.ts';

let stack: TestStack;
let acme: ApiClient;

beforeAll(async () => {
  stack = await startTestStack();
  acme = await stack.client('acme');
});
afterAll(() => stack.stop());

describe('one order from command to every effect', () => {
  it('ORD-19 ORD-20 lives from creation to delivery with versions in order and one correlation id', async () => {
    const correlation = { 'x-correlation-id': 'process-1' };
    const created = await acme.post('/v1/orders', { orderId: 'o-1', customerId: 'c-1', items: [tea] }, correlation);
    expect(created).toMatchObject({
      status: 201,
      body: { status: 'accepted', aggregateId: 'o-1', version: 1, correlationId: 'process-1' },
    });
    for (const [index, [verb, body]] of wholeLife.entries()) {
      const answer = await acme.post(`/v1/orders/o-1/${verb}`, body, correlation);
      expect(answer).toMatchObject({ status: 200, body: { version: index + 2, correlationId: 'process-1' } });
    }
    const { rows } = await stack.database.query(
      'select distinct correlation_id from event_store.events where aggregate_id = $1',
      ['o-1'],
    );
    expect(rows).toEqual([{ correlation_id: 'process-1' }]);
  });

  it('SHR-44 can be read at the version that was acknowledged', async () => {
    const answer = await acme.get('/v1/orders/o-1?minVersion=5&wait=10s');
    expect(answer).toMatchObject({
      status: 200,
      body: { status: 'delivered', trackingNumber: 'TRACK123', carrier: 'DHL' },
    });
    expect(answer.headers.get('etag')).toBe('"5"');
  });

  it('ORD-44 ORD-45 is found by its customer and by its status, and under one status only', async () => {
    const orderIds = async (path: string) =>
      ((await acme.get(path)).body.items as { orderId: string }[]).map(({ orderId }) => orderId);
    await eventually(
      async () =>
        (await orderIds('/v1/customers/c-1/orders')).includes('o-1') &&
        (await orderIds('/v1/orders?status=delivered')).includes('o-1'),
    );
    for (const status of ['created', 'confirmed', 'shipped', 'cancelled', 'active'])
      expect(await orderIds(`/v1/orders?status=${status}`)).not.toContain('o-1');
  });

  it('ORD-57 SHR-41 can be seen as it was', async () => {
    expect((await acme.get('/v1/orders/o-1?version=3')).body).toMatchObject({ status: 'confirmed' });
    expect((await acme.get('/v1/orders/o-1?version=2')).body).toMatchObject({
      status: 'created',
      items: [{ sku: 'tea', quantity: 3 }],
    });
  });

  it('SHR-42 tells its history in order', async () => {
    const { body } = await acme.get('/v1/orders/o-1/history');
    expect((body.items as { type: string }[]).map(({ type }) => type)).toEqual([
      'OrderCreated',
      'OrderItemsUpdated',
      'OrderConfirmed',
      'OrderShipped',
      'OrderDelivered',
    ]);
  });
});

describe('what the store says and what the record says', () => {
  it('SHR-4 SHR-16 T-47 are equal, field by field, trace included, and no header is empty', async () => {
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    await acme.post(
      '/v1/orders',
      { orderId: 'o-traced', customerId: 'c-2', items: [tea] },
      { traceparent: `00-${traceId}-b7ad6b7169203331-01` },
    );
    const record = await eventually(async () =>
      (await recordsOn(stack, ORDERS_TOPIC)).find(({ key }) => key === 'o-traced'),
    );
    const { rows } = await stack.database.query<Record<string, unknown>>(
      `select * from event_store.events where aggregate_id = 'o-traced'`,
    );
    const stored = rows[0] ?? {};
    expect(record.headers).toEqual({
      ce_specversion: '1.0',
      ce_id: stored.event_id,
      ce_type: stored.event_type,
      ce_source: 'urn:millrace:orders',
      ce_subject: stored.aggregate_id,
      ce_time: stored.occurred_at,
      ce_dataschema: 'urn:millrace:schema:orders.OrderCreated:2',
      'content-type': 'application/avro',
      ce_tenantid: stored.tenant_id,
      ce_aggregatetype: stored.aggregate_type,
      ce_aggregateversion: String(stored.sequence_number),
      ce_eventversion: String(stored.event_version),
      ce_correlationid: stored.correlation_id,
      ce_causationid: stored.causation_id,
      ce_userid: stored.user_id,
      ce_sessionid: stored.session_id,
      ce_epoch: '1',
      traceparent: stored.traceparent,
    });
    expect(stored.traceparent).toContain(traceId);
    for (const value of Object.values(record.headers)) expect(value).not.toBe('');
  });

  it('SHR-17 T-36 a Python consumer decodes every record from registry data alone', async () => {
    const records = await consumeWithPython({
      brokers: stack.env.KAFKA_BROKERS.split(','),
      registryUrl: stack.env.SCHEMA_REGISTRY_URL,
      topic: ORDERS_TOPIC,
    });
    const { rows } = await stack.database.query<{ event_id: string; payload: unknown }>(
      'select event_id, payload from event_store.events order by event_id',
    );
    const decoded = records
      .filter(({ headers }) => headers.ce_type !== CANARY_TYPE)
      .map(({ headers, value }) => ({ event_id: headers.ce_id, payload: value }));
    expect(decoded.sort((left, right) => (String(left.event_id) < String(right.event_id) ? -1 : 1))).toEqual(rows);
  });

  it('ORD-50 T-38 the public topic carries each event once, in a contract of its own', async () => {
    const records = await consumeWithPython({
      brokers: stack.env.KAFKA_BROKERS.split(','),
      registryUrl: stack.env.SCHEMA_REGISTRY_URL,
      topic: ORDERS_PUBLIC_TOPIC,
    });
    const ofFirst = records.filter(({ key }) => key === 'o-1');
    expect(ofFirst.map(({ headers }) => headers.ce_type)).toEqual([
      'OrderPlaced',
      'OrderAmended',
      'OrderAccepted',
      'OrderDispatched',
      'OrderCompleted',
    ]);
    expect(ofFirst[0]?.value).toEqual({
      orderId: 'o-1',
      customerId: 'c-1',
      total: { amount: '9.00', currency: 'EUR' },
      pieces: 2,
    });
    expect(ofFirst[0]?.headers).toMatchObject({ ce_source: 'urn:millrace:external-publisher', ce_specversion: '1.0' });
  });

  it('SHR-31 ORD-81 every read model equals a replay of the store', async () => {
    const { rows } = await stack.database.query<{ count: number }>(
      `select count(*) from event_store.events where tenant_id = 'acme'`,
    );
    await expectEverythingAgrees(stack, 'acme', { events: rows[0]?.count ?? -1 });
  });
});

describe('many clients at once', () => {
  it('SHR-8 ORD-33 of 50 confirmations with the same If-Match one is accepted', async () => {
    await acme.create('o-raced');
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => acme.post('/v1/orders/o-raced/confirm', {}, { 'if-match': '"1"' })),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 412)).toHaveLength(49);
    const { rows } = await stack.database.query(
      `select count(*) from event_store.events where aggregate_id = 'o-raced'`,
    );
    expect(rows).toEqual([{ count: 2 }]);
  });

  it('SHR-29 T-23 a command that is sent twice with its key is answered twice and done once', async () => {
    const send = () =>
      acme.post('/v1/orders', { orderId: 'o-keyed', customerId: 'c-1', items: [tea] }, { 'idempotency-key': 'key-1' });
    const [first, second] = [await send(), await send()];
    expect(second.body).toEqual(first.body);
    expect(second.headers.get('idempotency-replayed')).toBe('true');
    const other = await acme.post(
      '/v1/orders',
      { orderId: 'o-other', customerId: 'c-1', items: [tea] },
      { 'idempotency-key': 'key-1' },
    );
    expect(other).toMatchObject({ status: 422, body: { code: 'IDEMPOTENCY_KEY_REUSED' } });
  });

  it('T-58 a tenant sees nothing of another, however well it guesses', async () => {
    const rival = await stack.client('rival');
    for (const path of ['/v1/orders/o-1', '/v1/orders/o-1/history', '/v1/orders/o-1?version=1'])
      expect((await rival.get(path)).status).toBe(404);
    expect((await rival.get('/v1/orders')).body.items).toEqual([]);
    expect((await rival.get('/v1/customers/c-1/orders')).body.items).toEqual([]);
    expect((await rival.post('/v1/orders/o-raced/cancel', { reason: 'malice' })).status).toBe(404);
  });
});

describe('a long stream', () => {
  it('ORD-37 ORD-38 ORD-57 SHR-40 takes a snapshot each 100 events, and past versions are right on both sides of it', async () => {
    await acme.create('o-long');
    for (let version = 2; version <= 205; version += 1) {
      const answer = await acme.post('/v1/orders/o-long/update-items', { items: [{ ...tea, quantity: version }] });
      expect(answer).toMatchObject({ status: 200, body: { version } });
    }
    const snapshots = await eventually(async () => {
      const { rows } = await stack.database.query<{ sequence_number: number }>(
        `select sequence_number from event_store.snapshots where aggregate_id = 'o-long' order by sequence_number`,
      );
      return rows.length === 2 && rows;
    });
    expect(snapshots.map(({ sequence_number }) => sequence_number)).toEqual([100, 200]);
    for (const version of [99, 100, 101, 205]) {
      expect((await acme.get(`/v1/orders/o-long?version=${version}`)).body).toMatchObject({
        items: [{ quantity: version }],
      });
    }
    expect(await acme.get('/v1/orders/o-long?version=206')).toMatchObject({ body: { code: 'VERSION_NOT_REACHED' } });
  });
});

describe('the command line', () => {
  const millrace = async (...args: string[]) => {
    const cli = fileURLToPath(new URL('../../cli/src/main.ts', import.meta.url));
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [cli, ...args, '--home', stack.home, '--output', 'json'],
      {
        maxBuffer: 64 * 1024 * 1024,
      },
    );
    return JSON.parse(stdout) as Record<string, unknown>;
  };

  it('SHR-30 lists each projection with its types and positions', async () => {
    const { projections } = await millrace('projections', 'list');
    const named = (projections as { name: string }[]).map(({ name }) => name);
    const groups = consumerGroups.map(({ group }) => group);
    expect(named.sort()).toEqual(groups.sort());
    expect(projections).toContainEqual(
      expect.objectContaining({
        name: 'order-read-model-projection',
        table: 'order_read_model',
        eventTypes: expect.arrayContaining(['OrderCreated', 'OrderCancelled']),
        positions: expect.arrayContaining([expect.objectContaining({ topic: ORDERS_TOPIC })]),
      }),
    );
  });

  it('SHR-11 pages through the whole store and visits every event once', async () => {
    const visited: string[] = [];
    let after: string[] = [];
    for (;;) {
      const page = await millrace('events', 'list', '--limit', '100', ...after);
      const events = page.events as { eventId: string }[];
      if (events.length === 0) break;
      visited.push(...events.map(({ eventId }) => eventId));
      after = ['--after', page.next as string];
    }
    const { rows } = await stack.database.query<{ count: number }>('select count(*) from event_store.events');
    expect(new Set(visited).size).toBe(visited.length);
    expect(visited).toHaveLength(rows[0]?.count ?? -1);
  });

  it('SHR-11 CIM-20 reads one aggregate from a version on', async () => {
    const { events } = await millrace('events', 'stream', 'order', 'o-1', '--tenant', 'acme', '--from', '3');
    expect((events as { type: string }[]).map(({ type }) => type)).toEqual([
      'OrderConfirmed',
      'OrderShipped',
      'OrderDelivered',
    ]);
  });

  it('SHR-14 says that the relay streams', async () => {
    expect(await millrace('relay', 'status')).toMatchObject({
      streaming: true,
      connector: { connector: 'RUNNING', task: 'RUNNING' },
      slot: { exists: true, active: true, lost: false },
    });
  });
});

describe('what the documentation promises', () => {
  it('the curl session of the README works when pasted', async () => {
    const readme = await readFile(new URL('../../../README.md', import.meta.url), 'utf8');
    const [, session = ''] = /```bash\n([\s\S]+?)```/.exec(readme) ?? [];
    const script = session.replaceAll('http://127.0.0.1:4000', stack.env.MILLRACE_URL);
    const checkout = fileURLToPath(new URL('../../..', import.meta.url));
    const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', script], {
      cwd: checkout,
      env: { ...process.env, MILLRACE_HOME: stack.home },
    });
    const answers = stdout
      .trim()
      .replaceAll('}{', '}\n{')
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(answers.map(({ version }) => version)).toEqual([1, 2, 3, 3, undefined, undefined, undefined, 1]);
    expect(answers[3]).toMatchObject({ status: 'shipped', carrier: 'DHL' });
  });

  it('SHR-17 the usual registry client of Node decodes every record', async () => {
    const registry = new SchemaRegistry({ host: stack.env.SCHEMA_REGISTRY_URL });
    const records = await recordsOn(stack, ORDERS_TOPIC);
    const decoded = await Promise.all(
      records.map(({ value }) => registry.decode(value ?? Buffer.alloc(0)) as Promise<{ orderId?: string }>),
    );
    // A canary is of no order.
    expect(decoded.map(({ orderId }) => orderId ?? 'canary')).toEqual(records.map(({ key }) => key));
  });
});
