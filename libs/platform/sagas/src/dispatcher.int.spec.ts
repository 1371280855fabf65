import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type Database, openDatabase } from '@millrace/postgres';
import { createLogger, createMetrics, type Metrics } from '@millrace/telemetry';
import { createTestDatabase, eventually, type TestDatabase } from '@millrace/testing';

import { FakeCommandApi } from './command-api.fixture.ts';
import { CommandClient } from './command-client.ts';
import { CommandQueue } from './command-queue.ts';
import { Dispatcher } from './dispatcher.ts';
import { exposeStanding, SagaMetrics } from './saga-metrics.ts';
import { listSagas, readSaga } from './saga-reports.ts';
import {
  anyTripSaga,
  booked,
  guestArrived,
  TripMember,
  tripRoutes,
  TRIPS_PUBLIC_TOPIC,
  tripSaga,
  tripStarted,
  tripStore,
} from './trip.fixture.ts';

const logger = createLogger({ service: 'saga-spec', level: 'silent' });
let created: TestDatabase;
let owner: Database;
let projector: Database;
let api: FakeCommandApi;
let folder: string;
let tokenFile: string;

beforeAll(async () => {
  created = await createTestDatabase([TRIPS_PUBLIC_TOPIC]);
  owner = openDatabase({ url: created.url, poolSize: 2 });
  projector = openDatabase({ url: created.roleUrls.projector, poolSize: 8 });
  api = await FakeCommandApi.listen();
  folder = await mkdtemp(join(tmpdir(), 'saga-spec-'));
  tokenFile = join(folder, 'token');
});
afterAll(async () => {
  await api.close();
  await Promise.all([owner.close(), projector.close()]);
  await created.drop();
  await rm(folder, { recursive: true });
});
beforeEach(async () => {
  await owner.query(
    'truncate saga.instances, saga.remembered_events, consumer.positions, consumer.aggregate_versions cascade',
  );
  api.received.length = 0;
  api.carriedOut.length = 0;
  api.answer = () => ({ status: 200 });
  await writeFile(tokenFile, 'secret\n');
});

function dispatcher(database: Database = projector, metrics: Metrics = createMetrics('spec')): Dispatcher {
  return new Dispatcher({
    saga: anyTripSaga,
    database,
    store: tripStore,
    queue: new CommandQueue(database, tripSaga.name),
    client: new CommandClient({ url: api.url, tokenFile, routes: tripRoutes }),
    metrics: new SagaMetrics(metrics, tripSaga.name),
    logger,
  });
}

/** A trip whose guest has come: two commands are to be sent. */
async function booking(trip = `t-${randomUUID()}`) {
  const member = new TripMember(projector);
  const arrived = guestArrived(`g-${trip}`);
  await member.take([tripStarted(trip, `g-${trip}`)]);
  await member.take([arrived]);
  return {
    trip,
    arrived,
    report: () => readSaga(projector, { saga: tripSaga.name, tenantId: 'acme', instanceId: trip }),
  };
}

const sendAll = async (sender: Dispatcher) => {
  while (await sender.sendDue());
};
/** Pauses and leases of commands are over. */
const later = () => owner.query(`update saga.commands set due_at = clock_timestamp() where status = 'pending'`);
const expire = (trip: string) =>
  owner.query(`update saga.instances set timeout_at = clock_timestamp() where instance_id = $1`, [trip]);

describe('the dispatcher of a saga', () => {
  test('CIM-40 JOB-40 sends each command once, in order, with key, tenant, process and cause', async () => {
    const { trip, arrived, report } = await booking();
    await sendAll(dispatcher());
    const commands = (await report())?.commands ?? [];
    expect(commands.map(({ status, attempts }) => [status, attempts])).toEqual([
      ['done', 1],
      ['done', 1],
    ]);
    expect(api.received).toMatchObject([
      { path: '/v1/bookings', body: { bookingId: `b-${trip}`, guestId: `g-${trip}` } },
      { path: `/v1/bookings/b-${trip}/pay`, body: { amount: '10.00' } },
    ]);
    for (const [index, { headers }] of api.received.entries()) {
      expect(headers).toMatchObject({
        authorization: 'Bearer secret',
        'millrace-tenant': 'acme',
        'idempotency-key': commands[index]?.commandId,
        'x-correlation-id': 'correlation-of-TripStarted',
        'x-causation-id': arrived.eventId,
        traceparent: arrived.traceparent,
      });
    }
    expect(api.received[1]?.body).toEqual({ amount: '10.00' });
  });

  test('T-51 a refusal is told to the saga, and what was to follow is dropped', async () => {
    const { trip, report } = await booking();
    api.answer = ({ path }) =>
      path === '/v1/bookings' ? { status: 409, code: 'BOOKING_ALREADY_EXISTS' } : { status: 200 };
    await sendAll(dispatcher());
    expect(await report()).toMatchObject({
      status: 'failed',
      failure: 'CreateBooking: BOOKING_ALREADY_EXISTS: answered 409',
      commands: [
        { type: 'CreateBooking', status: 'refused', lastError: 'BOOKING_ALREADY_EXISTS: answered 409' },
        { type: 'PayBooking', status: 'dropped', attempts: 0 },
        { type: 'CancelBooking', status: 'done' },
      ],
    });
    expect(api.carriedOut).toEqual([`/v1/bookings/b-${trip}/cancel`]);
  });

  test('CIM-42 a refusal that the saga does not mind drops nothing', async () => {
    const { trip, report } = await booking();
    api.answer = ({ path }) => ({ status: path.endsWith('/pay') ? 200 : 422, code: 'REFUSED' });
    await owner.query(`update saga.commands set type = 'CancelBooking' where type = 'CreateBooking'`);
    await sendAll(dispatcher());
    expect(await report()).toMatchObject({ status: 'running', commands: [{ status: 'refused' }, { status: 'done' }] });
    expect(api.carriedOut).toEqual([`/v1/bookings/b-${trip}/pay`]);
  });

  test.each([
    ['an outage', { status: 503, code: 'STORE_UNAVAILABLE' }],
    ['a bad gateway without a problem', { status: 502 }],
    ['an expired token', { status: 401, code: 'UNAUTHENTICATED' }],
    ['a token without the role', { status: 403, code: 'FORBIDDEN' }],
    ['a tenant that is suspended for now', { status: 403, code: 'TENANT_SUSPENDED' }],
    ['too many requests', { status: 429, code: 'LIMITED' }],
    ['a conflict of writers', { status: 409, code: 'VERSION_CONFLICT', headers: { 'retry-after': '1' } }],
    ['a command-api that does not know the route yet', { status: 404, code: 'ROUTE_NOT_FOUND' }],
    ['a connection that breaks', { status: 400, lost: true as const }],
  ])('T-51 %s is no refusal: the command is visible, and sent again with the same key', async (_, answer) => {
    const { report } = await booking();
    api.answer = () => answer;
    const sender = dispatcher();
    await sendAll(sender);
    await later();
    await sendAll(sender);
    expect(await report()).toMatchObject({
      status: 'running',
      pendingCommand: 'CreateBooking',
      lastError: expect.anything(),
    });
    expect((await report())?.commands[0]).toMatchObject({ status: 'pending', attempts: 2 });
    api.answer = () => ({ status: 200 });
    await later();
    await sendAll(sender);
    expect((await report())?.commands).toMatchObject([{ status: 'done', lastError: null }, { status: 'done' }]);
    const keys = api.received.slice(0, 3).map(({ headers }) => headers['idempotency-key']);
    expect(new Set(keys).size).toBe(1);
  });

  test('T-51 pauses grow from attempt to attempt', async () => {
    const { trip } = await booking();
    api.answer = () => ({ status: 503 });
    const pauses: number[] = [];
    for (let attempt = 0; attempt < 4; attempt += 1) {
      await later();
      await sendAll(dispatcher());
      const { rows } = await owner.query<{ ms: number }>(
        `select extract(epoch from due_at - clock_timestamp())::float * 1000 as ms from saga.commands
         where instance_id = $1 order by seq limit 1`,
        [trip],
      );
      pauses.push(rows[0]?.ms ?? 0);
    }
    const [first = 0, , , fourth = 0] = pauses;
    expect(first).toBeLessThan(250);
    expect(fourth).toBeGreaterThan(900);
  });

  test('a token that is renewed is used at once', async () => {
    await booking();
    await rm(tokenFile);
    await sendAll(dispatcher());
    expect(api.received).toEqual([]);
    await writeFile(tokenFile, 'renewed');
    await later();
    await sendAll(dispatcher());
    expect(api.received[0]?.headers['authorization']).toBe('Bearer renewed');
  });

  test('T-48 an answer that is lost on the way: sent again, carried out once', async () => {
    const { trip, report } = await booking();
    api.answer = () => ({ status: 200, lost: true });
    await sendAll(dispatcher());
    await later();
    api.answer = () => ({ status: 500 });
    await sendAll(dispatcher());
    expect((await report())?.commands[0]).toMatchObject({ status: 'done', attempts: 2 });
    expect(api.carriedOut).toEqual(['/v1/bookings']);
    expect(api.received.slice(0, 2).map(({ path }) => path)).toEqual(['/v1/bookings', '/v1/bookings']);
    expect(trip).toBeDefined();
  });

  test('T-48 many dispatchers send each command once, and those of an instance in their order', async () => {
    const trips = Array.from({ length: 30 }, (_, index) => `t-${index}-${randomUUID()}`);
    const member = new TripMember(projector);
    await member.take(trips.map((trip) => tripStarted(trip, `g-${trip}`)));
    await member.take(trips.map((trip) => guestArrived(`g-${trip}`)));
    const senders = [1, 2, 3].map(() => dispatcher());
    for (const sender of senders) sender.start();
    await eventually(() => api.received.length >= 2 * trips.length);
    await Promise.all(senders.map((sender) => sender.stop()));
    expect(api.received).toHaveLength(2 * trips.length);
    for (const trip of trips) {
      const paths = api.received.filter(({ path, body }) => JSON.stringify({ path, body }).includes(`b-${trip}`));
      expect(paths.map(({ path }) => path)).toEqual(['/v1/bookings', `/v1/bookings/b-${trip}/pay`]);
    }
  });

  test('T-51 CIM-43 a timeout is told once, also when it was due while nothing ran', async () => {
    const { trip, report } = await booking();
    await expire(trip);
    const [first, second] = await Promise.all([dispatcher(), dispatcher()].map((sender) => sender.tellTimeout()));
    expect([first, second].filter(Boolean)).toHaveLength(1);
    expect(await dispatcher().tellTimeout()).toBe(false);
    expect(await report()).toMatchObject({ status: 'failed', failure: 'the guest did not come', timeoutAt: null });
  });

  test('T-51 an instance without a timeout left is told none', async () => {
    const { trip, report } = await booking();
    await new TripMember(projector).take([booked(`b-${trip}`)]);
    expect((await report())?.timeoutAt).toBeNull();
    expect(await dispatcher().tellTimeout()).toBe(false);
  });

  test('T-51 metrics and list show what waits, how old it is, and what failed', async () => {
    const metrics = createMetrics('spec');
    exposeStanding(metrics, tripSaga.name, { database: projector, logger });
    const waiting = await booking();
    const done = await booking();
    await new TripMember(projector).take([booked(`b-${done.trip}`)]);
    const late = await booking();
    await expire(late.trip);
    const sender = dispatcher(projector, metrics);
    await sender.tellTimeout();
    await owner.query(`update saga.instances set started_at = started_at - interval '1 hour' where instance_id = $1`, [
      waiting.trip,
    ]);
    await owner.query(`update saga.commands set created_at = created_at - interval '1 hour'`);
    api.answer = () => ({ status: 503 });
    await sendAll(sender);
    const { body } = await metrics.scrape();
    const value = (series: string) =>
      Number(
        body
          .split('\n')
          .find((line) => line.startsWith(series))
          ?.split(' ')
          .at(-1),
      );
    expect(
      ['running', 'completed', 'failed'].map((status) =>
        value(`millrace_saga_instances{saga="trip-saga",status="${status}"}`),
      ),
    ).toEqual([1, 1, 1]);
    expect(value('millrace_saga_pending_commands')).toBe(6);
    expect(value('millrace_saga_oldest_pending_command_seconds')).toBeGreaterThan(3_599);
    expect(value('millrace_saga_oldest_running_seconds')).toBeGreaterThan(3_599);
    expect(value('millrace_saga_commands_total{saga="trip-saga",outcome="failed"}')).toBe(3);
    expect(value('millrace_saga_timeouts_total')).toBe(1);

    const listed = await listSagas(projector, { limit: 10 });
    expect(listed.map(({ instanceId }) => instanceId)).toEqual([late.trip, waiting.trip, done.trip]);
    expect(listed[1]).toMatchObject({
      status: 'running',
      pendingCommand: 'CreateBooking',
      lastError: '503 answered 503',
    });
    expect(listed[1]?.ageSeconds).toBeGreaterThanOrEqual(3_600);
    const failed = await listSagas(projector, { status: 'failed', saga: 'trip-saga', tenantId: 'acme', limit: 10 });
    expect(failed.map(({ instanceId }) => instanceId)).toEqual([late.trip]);
    expect(await listSagas(projector, { tenantId: 'umbrella', limit: 10 })).toEqual([]);
  });
});
