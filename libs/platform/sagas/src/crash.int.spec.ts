/** A saga's process that dies at any of its steps: before or after each statement, from the first event to the last command. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { RecordedEvent } from '@millrace/core';
import { type Database, openDatabase } from '@millrace/postgres';
import { createLogger, createMetrics } from '@millrace/telemetry';
import { createTestDatabase, type TestDatabase } from '@millrace/testing';

import { FakeCommandApi } from './command-api.fixture.ts';
import { CommandClient } from './command-client.ts';
import { CommandQueue } from './command-queue.ts';
import { Dispatcher } from './dispatcher.ts';
import { SagaMetrics } from './saga-metrics.ts';
import { readSaga } from './saga-reports.ts';
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

let created: TestDatabase;
let owner: Database;
let projector: Database;
let api: FakeCommandApi;
let folder: string;
beforeAll(async () => {
  created = await createTestDatabase([TRIPS_PUBLIC_TOPIC]);
  owner = openDatabase({ url: created.url, poolSize: 2 });
  projector = openDatabase({ url: created.roleUrls.projector, poolSize: 4 });
  api = await FakeCommandApi.listen();
  folder = await mkdtemp(join(tmpdir(), 'saga-spec-'));
  await writeFile(join(folder, 'token'), 'secret');
});
afterAll(async () => {
  await api.close();
  await Promise.all([owner.close(), projector.close()]);
  await created.drop();
  await rm(folder, { recursive: true });
});

type Crash = { readonly at: number; readonly when: 'before' | 'after' };

/** A database that a process loses for good at its n-th statement. `after`: the statement was carried out, a commit too. */
function losing(database: Database, { at, when }: Crash): { database: Database; statements: () => number } {
  let count = 0;
  let lost = false;
  const counted = async <T>(run: () => Promise<T>): Promise<T> => {
    count += 1;
    if (lost || (count === at && when === 'before')) return die();
    const result = await run();
    return count === at ? die() : result;
  };
  const die = () => {
    lost = true;
    throw new Error('the process has died');
  };
  const dying: Database = {
    ...database,
    query: (statement, values) => counted(() => database.query(statement, values)),
    transaction: async (work) => {
      const result = await database.transaction((transaction) => {
        const query = ((...given: Parameters<typeof transaction.query>) =>
          counted(
            () => transaction.query(...given) as unknown as Promise<unknown>,
          )) as unknown as typeof transaction.query;
        return work({ query });
      });
      return counted(async () => result);
    },
  };
  return { database: dying, statements: () => count };
}

type Scene = { readonly trip: string; readonly events: readonly (() => RecordedEvent | undefined)[] };

/** What a process does until it has nothing left to do: reads events that are there, sends what is due. */
async function run(database: Database, { events, trip }: Scene): Promise<void> {
  const member = new TripMember(database);
  const sender = new Dispatcher({
    saga: anyTripSaga,
    database,
    store: tripStore,
    queue: new CommandQueue(database, tripSaga.name),
    client: new CommandClient({ url: api.url, tokenFile: join(folder, 'token'), routes: tripRoutes }),
    metrics: new SagaMetrics(createMetrics('spec'), tripSaga.name),
    logger: createLogger({ service: 'saga-spec', level: 'silent' }),
  });
  for (const next of events) {
    const event = next();
    // The whole topic from its start, whatever was taken before: the ledger knows.
    if (event) await member.take([event]);
    while (await sender.sendDue());
  }
  expect(trip).toBeDefined();
}

/** A trip from start to end; the booking's event is there as soon as command-api has carried the command out. */
function sceneOf(trip: string): Scene {
  const started = tripStarted(trip, `g-${trip}`);
  const arrived = guestArrived(`g-${trip}`);
  const event = booked(`b-${trip}`);
  const isBooked = () => api.received.some(({ body }) => JSON.stringify(body).includes(`"b-${trip}"`));
  return { trip, events: [() => started, () => arrived, () => (isBooked() ? event : undefined)] };
}

test('CIM-10 CIM-39 CIM-43 T-48 T-52 dies at any step, and is carried out once: commands, state and announcement', async () => {
  const whole = losing(projector, { at: Infinity, when: 'before' });
  await run(whole.database, sceneOf('t-0'));
  const steps = whole.statements();
  expect(steps).toBeGreaterThan(30);

  for (const when of ['before', 'after'] as const) {
    for (let at = 1; at <= steps; at += 1) {
      const trip = `t-${when}-${at}`;
      const scene = sceneOf(trip);
      const { database } = losing(projector, { at, when });
      await run(database, scene).catch(() => undefined);
      // Time passes, and the lease of the dead is over.
      await owner.query(`update saga.commands set due_at = clock_timestamp() where status = 'pending'`);
      await run(projector, scene);
      const report = await readSaga(projector, { saga: tripSaga.name, tenantId: 'acme', instanceId: trip });
      expect({
        at,
        when,
        status: report?.status,
        commands: report?.commands.map(({ type, status }) => [type, status]),
      }).toEqual({
        at,
        when,
        status: 'completed',
        commands: [
          ['CreateBooking', 'done'],
          ['PayBooking', 'done'],
        ],
      });
    }
  }

  const trips = 2 * steps + 1;
  expect(api.carriedOut).toHaveLength(2 * trips);
  const { rows } = await owner.query<{ rows: number; trips: number }>(
    `select count(*) as rows, count(distinct key) as trips from outbox.outbox_messages where type = 'TripReady'`,
  );
  expect(rows).toEqual([{ rows: trips, trips }]);
}, 120_000);

test('T-48 T-51 dies at any step of a refusal, and the saga is told once', async () => {
  const refuse = (path: string) => path === '/v1/bookings';
  api.answer = ({ path }) => (refuse(path) ? { status: 409, code: 'TAKEN' } : { status: 200 });
  const scene = (trip: string): Scene => ({ trip, events: sceneOf(trip).events.slice(0, 2) });
  const whole = losing(projector, { at: Infinity, when: 'before' });
  await run(whole.database, scene('r-0'));
  const steps = whole.statements();
  const sent = api.carriedOut.length;
  for (const when of ['before', 'after'] as const) {
    for (let at = 1; at <= steps; at += 1) {
      const trip = `r-${when}-${at}`;
      const one = scene(trip);
      await run(losing(projector, { at, when }).database, one).catch(() => undefined);
      await owner.query(`update saga.commands set due_at = clock_timestamp() where status = 'pending'`);
      await run(projector, one);
      const report = await readSaga(projector, { saga: tripSaga.name, tenantId: 'acme', instanceId: trip });
      expect(report?.commands.map(({ type, status }) => [type, status])).toEqual([
        ['CreateBooking', 'refused'],
        ['PayBooking', 'dropped'],
        ['CancelBooking', 'done'],
      ]);
    }
  }
  expect(api.carriedOut).toHaveLength(sent + 2 * steps);
}, 120_000);
