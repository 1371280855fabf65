import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { CommandQueue, purgeFinishedCommands, type SentCommand } from '@millrace/command-handling';
import { outboxTopics } from '@millrace/contracts/topology';
import { type Database, openDatabase } from '@millrace/postgres';
import { createTestDatabase, eventually, type TestDatabase } from '@millrace/testing';

import { type Answered, CommandApiFixture, items, logger } from './command-api.fixture.ts';
import { CommandWorker } from './command-worker.ts';
import { deploy, undeploy } from './deployed.fixture.ts';
import { WriteSide } from './write-side.ts';

const slotName = `async_${process.pid}`;
let created: TestDatabase;
let owner: Database;
let database: Database;
let writeSide: WriteSide;
let queue: CommandQueue;
let api: CommandApiFixture;
const workers: CommandWorker[] = [];

beforeAll(async () => {
  created = await createTestDatabase(outboxTopics);
  owner = openDatabase({ url: created.url });
  await deploy(owner, slotName);
  database = openDatabase({ url: created.roleUrls.command, poolSize: 20 });
  queue = new CommandQueue(database);
  api = new CommandApiFixture(
    (observer) =>
      (writeSide = new WriteSide({ database, logger, slotName, handling: { ...(observer && { observer }) } })),
    queue,
  );
  await writeSide.open();
});
afterEach(() => Promise.all(workers.splice(0).map((worker) => worker.close())));
afterAll(async () => {
  await api.server.close();
  writeSide.close();
  await database.close();
  await undeploy(owner, slotName);
  await owner.close();
  await created.drop();
});

const send = (sent: SentCommand) => api.bus.send(sent);

function work(count = 1): void {
  for (let index = 0; index < count; index += 1) {
    const { metrics } = new CommandApiFixture(() => writeSide);
    const worker = new CommandWorker({ queue, send, logger, metrics, leaseMs: 1_000 });
    worker.start();
    workers.push(worker);
  }
}

const async = { prefer: 'respond-async' };
const create = (orderId: string, headers: Record<string, string> = {}) => api.create(orderId, { ...async, ...headers });
const idOf = ({ body }: Answered) => String(body['commandId']);

type Row = { tenant_id: string; status: string; answer: Record<string, unknown> | null; attempts: number };

async function rowOf(commandId: string): Promise<Row> {
  const { rows } = await database.query<Row>('select * from command.pending_commands where command_id = $1', [
    commandId,
  ]);
  return rows[0] as Row;
}

const ended = (commandId: string) =>
  eventually(async () => {
    const row = await rowOf(commandId);
    return row.status !== 'pending' && row;
  });

async function typesOf(orderId: string): Promise<string[]> {
  const { rows } = await owner.query<{ event_type: string }>(
    'select event_type from event_store.events where aggregate_id = $1 order by sequence_number',
    [orderId],
  );
  return rows.map(({ event_type }) => event_type);
}

const waiting = async () =>
  (await owner.query<{ count: number }>('select count(*) from command.pending_commands')).rows[0]?.count;

describe('CIM-7 T-67 a command whose sender does not wait', () => {
  test('is answered 202 before it is decided, and carried out later with all that it came with', async () => {
    const headers = { 'x-correlation-id': 'process-1', 'x-causation-id': 'cause-1' };
    const answer = await create('a-1', headers);
    expect(answer).toEqual({
      status: 202,
      headers: expect.objectContaining({
        location: `/v1/commands/${idOf(answer)}`,
        'preference-applied': 'respond-async',
      }),
      body: {
        status: 'pending',
        commandId: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7/),
        aggregateId: 'a-1',
        timestamp: expect.stringMatching(/Z$/),
        correlationId: 'process-1',
        statusUrl: `/v1/commands/${idOf(answer)}`,
      },
    });
    expect(await rowOf(idOf(answer))).toMatchObject({ tenant_id: 'acme', status: 'pending', answer: null });
    expect(await typesOf('a-1')).toEqual([]);
    work();
    expect(await ended(idOf(answer))).toMatchObject({
      status: 'accepted',
      answer: { status: 'accepted', aggregateId: 'a-1', version: 1, correlationId: 'process-1' },
    });
    const { rows } = await owner.query(`select * from event_store.events where aggregate_id = 'a-1'`);
    expect(rows).toEqual([
      expect.objectContaining({
        tenant_id: 'acme',
        correlation_id: 'process-1',
        causation_id: 'cause-1',
        user_id: 'alice',
        session_id: 's-1',
        traceparent: answer.headers['traceparent'],
      }),
    ]);
  });

  test('is checked like any other before it is taken over', async () => {
    const before = await waiting();
    const refused = [
      await api.post('', { orderId: 'a-bad', customerId: 'c-1' }, async),
      await api.post('/a-1/confirm', {}, { ...async, 'if-match': 'nonsense' }),
      await create('a-bad', { authorization: 'Bearer acme.reader' }),
      await create('a-bad', { authorization: 'none' }),
      await api.post('/a-1/teleport', {}, async),
    ];
    expect(refused.map(({ body }) => body['code'])).toEqual([
      'VALIDATION_FAILED',
      'HEADER_INVALID',
      'FORBIDDEN',
      'UNAUTHENTICATED',
      'UNKNOWN_COMMAND',
    ]);
    expect(await waiting()).toBe(before);
  });

  test('that is refused ends as rejected, with the problem that a waiting sender would have got', async () => {
    await api.create('a-refused');
    const answers = [
      await api.post('/a-refused/deliver', {}, async),
      await api.post('/a-nowhere/confirm', {}, async),
      await create('a-refused'),
      await api.post('/a-refused/confirm', {}, { ...async, 'if-match': '"9"' }),
    ];
    work();
    const rows = await Promise.all(answers.map((answer) => ended(idOf(answer))));
    expect(
      rows.map(({ status, answer }) => `${status} ${String(answer?.['status'])} ${String(answer?.['code'])}`),
    ).toEqual([
      'rejected 422 ORDER_TRANSITION_REFUSED',
      'rejected 404 ORDER_NOT_FOUND',
      'rejected 409 ORDER_ALREADY_EXISTS',
      'rejected 412 PRECONDITION_FAILED',
    ]);
    expect(rows[0]?.answer).toMatchObject({
      type: 'urn:millrace:problem:order-transition-refused',
      acknowledgment: 'rejected',
      aggregateId: 'a-refused',
      version: 1,
      correlationId: answers[0]?.body['correlationId'],
      detail: expect.any(String),
      timestamp: expect.stringMatching(/Z$/),
    });
    expect(await typesOf('a-refused')).toEqual(['OrderCreated']);
  });
});

describe('CIM-7 SHR-29 an idempotency key', () => {
  test('sent again: the same promise, also at the same time and after the end; another request is refused', async () => {
    const send = () => api.post('', { customerId: 'c-1', items }, { ...async, 'idempotency-key': 'k-1' });
    const twins = await Promise.all(Array.from({ length: 10 }, send));
    expect(new Set(twins.map(({ status, body }) => `${status} ${JSON.stringify(body)}`)).size).toBe(1);
    const [first] = twins as [Answered];
    work();
    await ended(idOf(first));
    expect(await send()).toMatchObject({ status: 202, body: first.body });
    expect(await typesOf(String(first.body['aggregateId']))).toEqual(['OrderCreated']);
    expect(await create('a-other', { 'idempotency-key': 'k-1' })).toMatchObject({
      status: 422,
      body: { code: 'IDEMPOTENCY_KEY_REUSED' },
    });
  });

  test('holds for those who wait and those who do not: one effect, one acknowledgment', async () => {
    const key = { 'idempotency-key': 'k-2' };
    const waited = await api.create('a-both', key);
    const promised = await create('a-both', key);
    work();
    expect(await ended(idOf(promised))).toMatchObject({ status: 'accepted', answer: waited.body });

    const later = await create('a-later', { 'idempotency-key': 'k-3' });
    const { answer } = await ended(idOf(later));
    expect(await api.create('a-later', { 'idempotency-key': 'k-3' })).toMatchObject({
      status: 201,
      body: answer,
      headers: { 'idempotency-replayed': 'true' },
    });
    expect(await typesOf('a-later')).toEqual(['OrderCreated']);
  });

  test('belongs to its tenant', async () => {
    const key = { 'idempotency-key': 'k-4' };
    const ours = await create('a-tenant', key);
    const theirs = await create('a-tenant', { ...key, authorization: 'Bearer umbrella' });
    expect(idOf(theirs)).not.toBe(idOf(ours));
    expect((await rowOf(idOf(theirs))).tenant_id).toBe('umbrella');
  });
});

describe('CIM-7 workers', () => {
  test('of several replicas keep the order of each aggregate, and carry each command out once', async () => {
    const orders = Array.from({ length: 12 }, (_, index) => `a-flow-${index}`);
    work(3);
    const answers = await Promise.all(
      orders.map(async (orderId) => [
        await create(orderId),
        await api.post(`/${orderId}/update-items`, { items }, async),
        await api.post(`/${orderId}/confirm`, {}, async),
        await api.post(`/${orderId}/ship`, { trackingNumber: 'T', carrier: 'DHL' }, async),
        await api.post(`/${orderId}/deliver`, {}, async),
      ]),
    );
    const rows = await Promise.all(answers.flat().map((answer) => ended(idOf(answer))));
    expect(rows.map(({ status }) => status)).toEqual(rows.map(() => 'accepted'));
    for (const orderId of orders) {
      expect(await typesOf(orderId)).toEqual([
        'OrderCreated',
        'OrderItemsUpdated',
        'OrderConfirmed',
        'OrderShipped',
        'OrderDelivered',
      ]);
    }
  });

  test('that die between append and mark, or before: another finishes, and nothing happens twice', async () => {
    const done = await create('a-killed-after');
    const notBegun = await create('a-killed-before');
    const claimed = await eventually(async () => {
      const claims = await queue.claim(16, 500);
      return claims.some(({ commandId }) => commandId === idOf(done)) && claims;
    });
    const dying = claimed.find(({ commandId }) => commandId === idOf(done));
    if (!dying) throw new Error('the command is claimed');
    const outcome = await send(dying.sent);
    expect(outcome).toMatchObject({ outcome: 'accepted', replayed: false });
    expect(await queue.claim(16, 500)).toEqual([]);

    work(2);
    expect(await ended(idOf(done))).toMatchObject({
      status: 'accepted',
      answer: (outcome as { acknowledgment: object }).acknowledgment,
      attempts: 2,
    });
    expect(await ended(idOf(notBegun))).toMatchObject({ status: 'accepted', attempts: 2 });
    expect([await typesOf('a-killed-after'), await typesOf('a-killed-before')]).toEqual([
      ['OrderCreated'],
      ['OrderCreated'],
    ]);
  });

  test('that were thought dead and come back have no say', async () => {
    const answer = await create('a-zombie');
    const [zombie] = await queue.claim(16, 0);
    const [heir] = await eventually(async () => {
      const claims = await queue.claim(16, 60_000);
      return claims.length > 0 && claims;
    });
    if (!zombie || !heir) throw new Error('claimed twice');
    expect([zombie.commandId, heir.commandId]).toEqual([idOf(answer), idOf(answer)]);
    await queue.hold([zombie], 0);
    expect(await queue.claim(16, 0)).toEqual([]);
    expect(await queue.finish(zombie, { status: 'rejected', answer: {} })).toBe(false);
    expect(await queue.finish(heir, { status: 'accepted', answer: { version: 1 } })).toBe(true);
    expect(await queue.finish(heir, { status: 'rejected', answer: {} })).toBe(false);
    expect(await rowOf(idOf(answer))).toMatchObject({ status: 'accepted', answer: { version: 1 } });
  });
});

describe('the table of pending commands', () => {
  test('forgets what ended long ago, and nothing that waits', async () => {
    const ending = await create('a-old');
    work();
    await ended(idOf(ending));
    await Promise.all(workers.splice(0).map((worker) => worker.close()));
    const pending = await create('a-waits');
    await owner.query(`update command.pending_commands set created_at = now() - interval '3 days'`);
    expect(await purgeFinishedCommands(owner, 24)).toBe(0);
    await owner.query(
      `update command.pending_commands set finished_at = now() - interval '25 hours' where status <> 'pending'`,
    );
    expect(await purgeFinishedCommands(owner, 24)).toBeGreaterThan(0);
    expect(await rowOf(idOf(ending))).toBeUndefined();
    expect(await rowOf(idOf(pending))).toMatchObject({ status: 'pending' });
  });

  test('query-api may read it, and command-api may not delete from it', async () => {
    const reader = openDatabase({ url: created.roleUrls.query });
    await expect(reader.query('select from command.pending_commands')).resolves.toBeDefined();
    await expect(reader.query(`update command.pending_commands set status = 'pending'`)).rejects.toThrow('denied');
    await reader.close();
    await expect(database.query('delete from command.pending_commands')).rejects.toThrow('denied');
  });
});
