import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { outboxTopics } from '@millrace/contracts/topology';
import { type Database, openDatabase } from '@millrace/postgres';
import { createTestDatabase, eventually, type TestDatabase } from '@millrace/testing';

import { CommandApiFixture, items, logger } from './command-api.fixture.ts';
import { deploy, undeploy } from './deployed.fixture.ts';
import { NetworkGate } from './network-gate.fixture.ts';
import { WriteSide } from './write-side.ts';

const slotName = `spec_${process.pid}`;
let created: TestDatabase;
let owner: Database;
let gate: NetworkGate;
let database: Database;
let writeSide: WriteSide;
let api: CommandApiFixture;

beforeAll(async () => {
  created = await createTestDatabase(outboxTopics);
  owner = openDatabase({ url: created.url });
  await deploy(owner, slotName);
  gate = new NetworkGate(created.url);
  await gate.mend();
  database = openDatabase({ url: gate.through(created.roleUrls.command), poolSize: 20 });
  api = new CommandApiFixture(
    (observer) =>
      (writeSide = new WriteSide({ database, logger, slotName, handling: { ...(observer && { observer }) } })),
  );
});
afterAll(async () => {
  await api.server.close();
  writeSide.close();
  await database.close();
  await gate.cut();
  await undeploy(owner, slotName);
  await owner.close();
  await created.drop();
});

const counts = async () => {
  const { rows } = await owner.query<Record<string, number>>(
    `select (select count(*) from event_store.events) as events, (select count(*) from outbox.outbox_messages) as messages,
            (select count(*) from event_store.idempotency_keys) as answers`,
  );
  return rows[0];
};

describe('a start before Postgres', () => {
  test('commands are answered 503 and readyz is red until Postgres comes', async () => {
    await gate.cut();
    const opened = writeSide.open();
    expect(await api.create('o-early')).toMatchObject({
      status: 503,
      body: { code: 'STORE_UNAVAILABLE' },
      headers: { 'retry-after': '1' },
    });
    expect((await api.send({ url: '/readyz', method: 'GET' })).status).toBe(503);
    expect((await api.send({ url: '/livez', method: 'GET' })).status).toBe(200);
    await gate.mend();
    await opened;
    expect((await api.send({ url: '/readyz', method: 'GET' })).status).toBe(200);
    expect((await api.create('o-early')).status).toBe(201);
  });
});

describe('what a command leaves in Postgres', () => {
  test('ORD-34 event, outbox row and answer together, encoded and with all that headers need', async () => {
    const before = await counts();
    const answer = await api.create('o-1', {
      'idempotency-key': 'k-1',
      'x-correlation-id': 'process-1',
      'x-causation-id': 'cause-1',
    });
    expect(answer.status).toBe(201);
    expect(await counts()).toEqual({
      events: Number(before?.['events']) + 1,
      messages: Number(before?.['messages']) + 1,
      answers: Number(before?.['answers']) + 1,
    });
    const { rows } = await owner.query<Record<string, unknown>>(
      `select * from outbox.outbox_messages where key = 'o-1'`,
    );
    expect(rows[0]).toMatchObject({
      topic: 'orders.events.v1',
      type: 'OrderCreated',
      ce_tenantid: 'acme',
      ce_aggregateversion: '1',
      ce_eventversion: '2',
      ce_correlationid: 'process-1',
      ce_causationid: 'cause-1',
      ce_userid: 'alice',
      ce_sessionid: 's-1',
      ce_dataschema: 'urn:millrace:schema:orders.OrderCreated:2',
      traceparent: answer.headers['traceparent'],
    });
    expect((rows[0]?.['payload'] as Buffer)[0]).toBe(0);
  });

  test('SHR-29 twenty twins under one key: one order, twenty equal answers', async () => {
    const before = await counts();
    const body = { customerId: 'c-1', items };
    const twins = await Promise.all(
      Array.from({ length: 20 }, () => api.post('', body, { 'idempotency-key': 'k-twins' })),
    );
    expect(new Set(twins.map(({ status }) => status))).toEqual(new Set([201]));
    expect(new Set(twins.map((twin) => JSON.stringify(twin.body))).size).toBe(1);
    expect(twins.filter(({ headers }) => headers['idempotency-replayed'] === undefined)).toHaveLength(1);
    expect(Number((await counts())?.['events'])).toBe(Number(before?.['events']) + 1);
  });

  test('ORD-33 ten writers at once: what is accepted is gapless, and conflicts are decided again', async () => {
    await api.create('o-busy');
    const answers = await Promise.all(Array.from({ length: 10 }, () => api.post('/o-busy/update-items', { items })));
    const accepted = answers.filter(({ status }) => status === 200);
    const versions = accepted.map(({ body }) => Number(body['version'])).sort((left, right) => left - right);
    expect(versions).toEqual(Array.from({ length: accepted.length }, (_, index) => index + 2));
    expect(
      answers.filter(({ status }) => status !== 200).every(({ body }) => body['code'] === 'VERSION_CONFLICT'),
    ).toBe(true);
    expect(await api.metric('millrace_append_conflicts_total')).toBeGreaterThan(0);
    const { rows } = await owner.query(`select from event_store.events where aggregate_id = 'o-busy'`);
    expect(rows).toHaveLength(accepted.length + 1);
  });

  test('ORD-33 of two with the same If-Match one wins, the other is 412', async () => {
    await api.create('o-race');
    const race = await Promise.all(
      ['a', 'b'].map((reason) => api.post('/o-race/cancel', { reason }, { 'if-match': '"1"' })),
    );
    expect(race.map(({ status }) => status).sort()).toEqual([200, 412]);
  });

  test('SHR-25 refusals of every kind leave no row', async () => {
    await api.create('o-refused', { 'idempotency-key': 'k-refused' });
    const before = await counts();
    const refused = [
      await api.create('o-refused'),
      await api.create('o-unlike', { 'idempotency-key': 'k-refused' }),
      await api.post('', { orderId: 'o-empty', customerId: 'c-1', items: [] }, { 'idempotency-key': 'k-empty' }),
      await api.post(
        '',
        { orderId: 'o-malformed', customerId: 'c-1', items: [{}] },
        { 'idempotency-key': 'k-malformed' },
      ),
      await api.post('/o-refused/deliver', {}, { 'idempotency-key': 'k-deliver' }),
      await api.post('/o-refused/confirm', {}, { 'if-match': '"9"', 'idempotency-key': 'k-stale' }),
      await api.post('/o-absent/confirm', {}, { 'idempotency-key': 'k-absent' }),
      await api.create('o-reader', { authorization: 'Bearer acme.reader' }),
      await api.create('o-anonymous', { authorization: 'none' }),
      await api.post('', 'x'.repeat(300_000)),
    ];
    expect(refused.map(({ status, body }) => `${status} ${String(body['code'])}`)).toEqual([
      '409 ORDER_ALREADY_EXISTS',
      '422 IDEMPOTENCY_KEY_REUSED',
      '422 ORDER_WITHOUT_ITEMS',
      '400 VALIDATION_FAILED',
      '422 ORDER_TRANSITION_REFUSED',
      '412 PRECONDITION_FAILED',
      '404 ORDER_NOT_FOUND',
      '403 FORBIDDEN',
      '401 UNAUTHENTICATED',
      '413 BODY_TOO_LARGE',
    ]);
    expect(await counts()).toEqual(before);
  });

  test('TOX-25 clients that hang up: each command is stored wholly or not at all, and a resend settles which', async () => {
    const before = await counts();
    const url = await api.server.listen({ host: '127.0.0.1', port: 0 });
    const send = (index: number, signal?: AbortSignal) =>
      fetch(`${url}/v1/orders`, {
        method: 'POST',
        headers: {
          authorization: 'Bearer acme',
          'content-type': 'application/json',
          'idempotency-key': `k-hang-${index}`,
        },
        body: JSON.stringify({ orderId: `o-hang-${index}`, customerId: 'c-1', items }),
        ...(signal && { signal }),
      });
    const clients = Array.from({ length: 30 }, (_, index) => send(index, AbortSignal.timeout(index)));
    const heard = await Promise.allSettled(clients);
    expect(heard.some(({ status }) => status === 'rejected')).toBe(true);
    const after = await counts();
    expect(after?.['events']).toBe(after?.['messages']);
    const settled = await Promise.all(heard.map((_, index) => send(index)));
    expect(settled.map(({ status }) => status)).toEqual(settled.map(() => 201));
    expect(await counts()).toEqual({
      events: Number(before?.['events']) + 30,
      messages: Number(before?.['messages']) + 30,
      answers: Number(before?.['answers']) + 30,
    });
  });

  test('the largest order that a body can hold is stored', async () => {
    const many = Array.from({ length: 1_000 }, (_, index) => ({
      sku: `${index}-${'é'.repeat(50)}`,
      quantity: 2 ** 31 - 1,
      unitPrice: { amount: '999999999999.9999', currency: 'EUR' },
    }));
    expect((await api.post('', { orderId: 'o-large', customerId: 'c-1', items: many })).status).toBe(201);
  });
});

describe('Postgres down', () => {
  afterEach(() => gate.cut().then(() => gate.mend()));

  test('503 with Retry-After and no partial row; afterwards everything works, and a resend is carried out once', async () => {
    await api.create('o-outage');
    const before = await counts();
    await gate.cut();
    const resend = () => api.post('/o-outage/confirm', {}, { 'idempotency-key': 'k-outage' });
    expect(await resend()).toMatchObject({
      status: 503,
      body: { code: 'STORE_UNAVAILABLE' },
      headers: { 'retry-after': '1' },
    });
    expect((await api.send({ url: '/readyz', method: 'GET' })).status).toBe(503);
    expect(await counts()).toEqual(before);
    await gate.mend();
    const answer = await eventually(async () => {
      const tried = await resend();
      return tried.status === 200 && tried;
    });
    expect((await resend()).body).toEqual(answer.body);
    expect(await counts()).toEqual({
      events: Number(before?.['events']) + 1,
      messages: Number(before?.['messages']) + 1,
      answers: Number(before?.['answers']) + 1,
    });
  });

  test('TOX-25 connections that break in the middle of commands: each is stored wholly or not at all, and a resend settles which', async () => {
    const before = await counts();
    const send = (index: number) => api.create(`o-cut-${index}`, { 'idempotency-key': `k-cut-${index}` });
    const underWay = Promise.all(Array.from({ length: 30 }, (_, index) => send(index)));
    await gate.cut();
    const first = await underWay;
    expect(first.every(({ status }) => status === 201 || status === 503)).toBe(true);
    const after = await counts();
    expect(after?.['events']).toBe(after?.['messages']);
    await gate.mend();
    const settled = await Promise.all(
      first.map((_, index) => eventually(async () => (await send(index)).status === 201)),
    );
    expect(settled).toHaveLength(30);
    const stored = {
      events: Number(before?.['events']) + 30,
      messages: Number(before?.['messages']) + 30,
      answers: Number(before?.['answers']) + 30,
    };
    expect(await counts()).toEqual(stored);
  });
});
