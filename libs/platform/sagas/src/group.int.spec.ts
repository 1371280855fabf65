import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ConsumerMetrics, GroupHandler, RecordReader } from '@millrace/consumer';
import type { RecordedEvent } from '@millrace/core';
import { createLogConsumer, ensureTopics } from '@millrace/kafka';
import { openTestProducer, type TestProducer } from '@millrace/kafka/testing';
import { type Database, openDatabase } from '@millrace/postgres';
import { createLogger, createMetrics } from '@millrace/telemetry';
import { createTestDatabase, eventually, type TestDatabase, testServices } from '@millrace/testing';

import { FakeCommandApi } from './command-api.fixture.ts';
import { CommandClient } from './command-client.ts';
import { CommandQueue } from './command-queue.ts';
import { Dispatcher } from './dispatcher.ts';
import { sagaEffect } from './saga-effect.ts';
import { SagaMetrics } from './saga-metrics.ts';
import {
  anyTripSaga,
  booked,
  guestArrived,
  jsonDecoder,
  tripEvents,
  tripRoutes,
  TRIPS_PUBLIC_TOPIC,
  tripSaga,
  tripStarted,
  tripStore,
  wireOf,
} from './trip.fixture.ts';

const brokers = testServices().kafkaBrokers;
const logger = createLogger({ service: 'saga-spec', level: 'silent' });
const run = randomUUID();
const topics = { TripStarted: `trips-${run}`, GuestArrived: `guests-${run}`, Booked: `bookings-${run}` };

let created: TestDatabase;
let owner: Database;
let projector: Database;
let producer: TestProducer;
let api: FakeCommandApi;
let folder: string;
beforeAll(async () => {
  created = await createTestDatabase([TRIPS_PUBLIC_TOPIC]);
  owner = openDatabase({ url: created.url, poolSize: 2 });
  projector = openDatabase({ url: created.roleUrls.projector, poolSize: 12 });
  producer = await openTestProducer(brokers);
  api = await FakeCommandApi.listen();
  folder = await mkdtemp(join(tmpdir(), 'saga-spec-'));
  await writeFile(join(folder, 'token'), 'secret');
  const names = Object.values(topics);
  await ensureTopics(
    { brokers },
    names.map((name) => ({ name, partitions: 3, replicationFactor: 1 })),
  );
});
afterAll(async () => {
  await producer.close();
  await api.close();
  await Promise.all([owner.close(), projector.close()]);
  await created.drop();
  await rm(folder, { recursive: true });
});

/** A process of the saga: a member of its group and a dispatcher. @returns how to stop it */
function startProcess(group: string): () => Promise<void> {
  const metrics = createMetrics('spec');
  const handler = new GroupHandler({
    group,
    database: projector,
    catalogue: tripEvents,
    effect: sagaEffect(anyTripSaga, tripStore),
    reader: new RecordReader(jsonDecoder, tripEvents),
    metrics: new ConsumerMetrics(metrics, group),
    logger,
  });
  const consumer = createLogConsumer({
    brokers,
    groupId: group,
    topics: Object.values(topics),
    logger,
    concurrency: 3,
    maxBatchRecords: 10,
  });
  const dispatcher = new Dispatcher({
    saga: anyTripSaga,
    database: projector,
    store: tripStore,
    queue: new CommandQueue(projector, tripSaga.name),
    client: new CommandClient({ url: api.url, tokenFile: join(folder, 'token'), routes: tripRoutes }),
    metrics: new SagaMetrics(metrics, tripSaga.name),
    logger,
  });
  consumer.run(handler).catch(() => undefined);
  dispatcher.start();
  return async () => {
    await consumer.stop();
    await dispatcher.stop();
  };
}

const send = (events: readonly RecordedEvent[]) =>
  producer.send(topics[events[0]?.type as keyof typeof topics], events.map(wireOf));
const count = async (what: string) => {
  const { rows } = await owner.query<{ count: number }>(`select count(*) as count from ${what}`);
  return rows[0]?.count ?? 0;
};

test('CIM-41 CIM-42 CIM-43 T-48 T-49 T-52 on Kafka: processes come and go, and the whole topic comes again', async () => {
  const trips = Array.from({ length: 60 }, (_, index) => `t-${index}`);
  const guestsFirst = trips.filter((_, index) => index % 2 === 0);
  const tripsFirst = trips.filter((_, index) => index % 2 === 1);
  const arrive = (some: readonly string[]) => send(some.map((trip) => guestArrived(`g-${trip}`)));
  const start = (some: readonly string[]) => send(some.map((trip) => tripStarted(trip, `g-${trip}`)));
  const deadline = { timeoutMs: 60_000 };

  const stopFirst = startProcess(run);
  await Promise.all([arrive(guestsFirst), start(tripsFirst)]);
  await eventually(async () => (await count('saga.instances')) === tripsFirst.length, deadline);
  const stopSecond = startProcess(run);
  await Promise.all([start(guestsFirst), arrive(tripsFirst)]);
  await stopFirst();
  await eventually(() => api.carriedOut.length === 2 * trips.length, deadline);
  await stopSecond();
  // Nothing runs while the bookings happen.
  await send(trips.map((trip) => booked(`b-${trip}`)));
  const stopThird = startProcess(run);
  await eventually(async () => (await count(`saga.instances where status = 'completed'`)) === trips.length, deadline);
  await stopThird();

  const commands = await count('saga.commands');
  expect(commands).toBe(2 * trips.length);
  expect(await count('outbox.outbox_messages')).toBe(trips.length);

  // A group without any memory of what it has read hears all of it again.
  await owner.query('truncate consumer.positions, consumer.aggregate_versions');
  const stopLast = startProcess(`again-${run}`);
  await eventually(async () => (await count('consumer.aggregate_versions')) === 3 * trips.length, deadline);
  await stopLast();
  expect(await count('saga.commands')).toBe(commands);
  expect(await count('outbox.outbox_messages')).toBe(trips.length);
  expect(await count(`saga.instances where status = 'completed'`)).toBe(trips.length);
  expect(api.carriedOut).toHaveLength(2 * trips.length);
  expect(api.received).toHaveLength(2 * trips.length);
  expect(await count('consumer.parked_events')).toBe(0);
}, 180_000);
