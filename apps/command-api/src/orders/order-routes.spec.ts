import { describe, expect, test } from '@jest/globals';
import { Ajv } from 'ajv';
import formats from 'ajv-formats';

import { acknowledgmentSchema } from '../acknowledgment.ts';
import { inMemory, items } from '../command-api.fixture.ts';

const { api, memory, store } = inMemory();

const ajv = new Ajv({ allErrors: true });
formats.default(ajv);
const isAcknowledgment = ajv.compile(acknowledgmentSchema);

const streamOf = (aggregateId: string, tenantId = 'acme') => ({ tenantId, aggregateType: 'order', aggregateId });

describe('commands of an order', () => {
  test('ORD-13…18 ORD-20 SHR-28 from creation to delivery: versions 1 to 5, one form of answer, one correlation id', async () => {
    const headers = { 'x-correlation-id': 'process-7' };
    const answers = [
      await api.create('o-life', headers),
      await api.post('/o-life/update-items', { items: [...items, ...items] }, headers),
      await api.post('/o-life/confirm', {}, headers),
      await api.post('/o-life/ship', { trackingNumber: 'TRACK123', carrier: 'DHL' }, headers),
      await api.post('/o-life/deliver', {}, headers),
    ];
    expect(answers.map(({ status }) => status)).toEqual([201, 200, 200, 200, 200]);
    expect(answers.map(({ headers: { etag } }) => etag)).toEqual(['"1"', '"2"', '"3"', '"4"', '"5"']);
    for (const [index, { body }] of answers.entries()) {
      expect([isAcknowledgment(body), isAcknowledgment.errors]).toEqual([true, null]);
      expect(body).toMatchObject({
        status: 'accepted',
        aggregateId: 'o-life',
        version: index + 1,
        correlationId: 'process-7',
      });
    }
    const events = await store.load(streamOf('o-life'));
    expect(events.map(({ type }) => type)).toEqual([
      'OrderCreated',
      'OrderItemsUpdated',
      'OrderConfirmed',
      'OrderShipped',
      'OrderDelivered',
    ]);
    expect(events[3]?.data).toEqual({ orderId: 'o-life', trackingNumber: 'TRACK123', carrier: 'DHL' });
    expect(new Set(events.map(({ correlationId }) => correlationId))).toEqual(new Set(['process-7']));
  });

  test('ORD-18 a cancellation keeps its reason', async () => {
    await api.create('o-cancelled');
    expect((await api.post('/o-cancelled/cancel', { reason: 'changed my mind' })).status).toBe(200);
    expect((await store.load(streamOf('o-cancelled'))).at(-1)?.data).toEqual({
      orderId: 'o-cancelled',
      reason: 'changed my mind',
    });
  });

  test('an order without an id gets one, and the answer says where it is', async () => {
    const { status, headers, body } = await api.post('', { customerId: 'c-1', items });
    expect(body['aggregateId']).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-/);
    expect([status, headers['location']]).toEqual([201, `/v1/orders/${String(body['aggregateId'])}`]);
  });

  test('ORD-11 who, why and in which trace: from the token and the headers', async () => {
    const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
    const headers = {
      'x-causation-id': 'event-9',
      traceparent: `00-${trace}-00f067aa0ba902b7-01`,
      'x-correlation-id': 'process-8',
    };
    const { headers: answered } = await api.create('o-cause', headers);
    await api.post('/o-cause/confirm');
    const [created, confirmed] = await store.load(streamOf('o-cause'));
    expect(created).toMatchObject({
      userId: 'alice',
      sessionId: 's-1',
      causationId: 'event-9',
      correlationId: 'process-8',
      traceparent: answered['traceparent'],
    });
    expect(created?.traceparent).toContain(trace);
    expect(confirmed?.causationId).toMatch(/^[0-9a-f-]{36}$/);
    expect(confirmed?.correlationId).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('SHR-24 a command that does not exist is refused by name', async () => {
    await api.create('o-verb');
    expect(await api.post('/o-verb/teleport')).toMatchObject({
      status: 404,
      body: {
        code: 'UNKNOWN_COMMAND',
        detail: expect.stringContaining('"teleport"'),
        acknowledgment: 'rejected',
        aggregateId: 'o-verb',
      },
    });
    expect((await api.send({ url: '/v1/orders/o-verb/confirm', method: 'PUT' })).status).toBe(405);
  });

  test('no body stands for an empty one', async () => {
    await api.create('o-nobody');
    const json = { 'content-type': 'application/json' };
    expect((await api.send({ url: '/v1/orders/o-nobody/confirm' })).status).toBe(200);
    expect((await api.send({ url: '/v1/orders/o-nobody/confirm', headers: json })).body).toMatchObject({ status: 422 });
    expect((await api.send({ url: '/v1/orders/o-nobody/ship' })).body).toMatchObject({
      errors: [{ pointer: '/trackingNumber' }, { pointer: '/carrier' }],
    });
  });
});

describe('tenants and roles', () => {
  const umbrella = { authorization: 'Bearer umbrella' };

  test('the same id in two tenants is two orders; what belongs to another is not there', async () => {
    await api.create('o-shared');
    for (const path of ['confirm', 'deliver']) {
      expect(await api.post(`/o-shared/${path}`, {}, umbrella)).toMatchObject({
        status: 404,
        body: { code: 'ORDER_NOT_FOUND' },
      });
    }
    expect((await api.create('o-shared', umbrella)).status).toBe(201);
    expect((await api.post('/o-shared/confirm', {}, umbrella)).body).toMatchObject({ version: 2 });
    expect(await store.load(streamOf('o-shared'))).toHaveLength(1);
  });

  test('an idempotency key belongs to its tenant', async () => {
    await api.create('o-key', { 'idempotency-key': 'k-tenant' });
    const other = await api.create('o-key', { ...umbrella, 'idempotency-key': 'k-tenant' });
    expect([other.status, other.headers['idempotency-replayed']]).toEqual([201, undefined]);
  });

  test('T-22 a tenant in the body is an unknown field', async () => {
    const answer = await api.post('', { customerId: 'c-1', items, tenantId: 'umbrella' });
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ pointer: '/tenantId' }] } });
  });

  test('readers change nothing, and without a token nobody does', async () => {
    expect(await api.create('o-reader', { authorization: 'Bearer acme.reader' })).toMatchObject({
      status: 403,
      body: { code: 'FORBIDDEN' },
    });
    expect(await api.create('o-anonymous', { authorization: 'nothing' })).toMatchObject({
      status: 401,
      body: { code: 'UNAUTHENTICATED' },
    });
    expect((await api.create('o-admin', { authorization: 'Bearer acme.admin' })).status).toBe(201);
    expect(memory.log.some((json) => json.includes('o-reader') || json.includes('o-anonymous'))).toBe(false);
  });
});
