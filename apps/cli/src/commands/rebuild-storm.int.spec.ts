import { setTimeout as delay } from 'node:timers/promises';

import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { loadPositions } from '@millrace/consumer';
import { storedEvents } from '@millrace/contracts/topology';
import { USERS_TOPIC } from '@millrace/contracts/users';
import { type DomainEvent, isMillraceError, type Projection, type RecordedEvent, type Row } from '@millrace/core';
import { type Database, openDatabase } from '@millrace/postgres';
import { readStreams } from '@millrace/stored-events';
import { createTestDatabase, type TestDatabase } from '@millrace/testing';
import { compareProjection, replay } from '@millrace/verification';

import { runCli } from '../cli.ts';
import {
  deliver,
  type Delivery,
  fleetProjection,
  type Happening,
  recordedEvent,
  store,
  tableOf,
} from './live-fleet.fixture.ts';
import { projectionsCommand } from './projections.ts';

const PARTITIONS = 3;
const ROUNDS = 4;
const tenants = ['acme', 'globex'];
const projections = ['user_projector', 'tenant-view-projection', 'event-log-projection'].map(fleetProjection);

let created: TestDatabase;
let owner: Database;
let projector: Database;
beforeAll(async () => {
  created = await createTestDatabase();
  owner = openDatabase({ url: created.url });
  projector = openDatabase({ url: created.roleUrls.projector, poolSize: projections.length * PARTITIONS });
});
afterAll(async () => {
  await Promise.all([owner.close(), projector.close()]);
  await created.drop();
});
beforeEach(() => {
  jest.spyOn(process.stdout, 'write').mockReturnValue(true);
});
afterEach(() => {
  jest.restoreAllMocks();
});

/** What a topic holds: records by partition; `ended` once nothing more comes. */
type Topic = { readonly partitions: readonly RecordedEvent[][]; ended: boolean };

const upTo = (most: number) => Math.ceil(Math.random() * most);

/** A life that ends soon, so that many users are never heard of again: what a rebuild loses of them stays lost. */
const life = (id: string): Happening[] => {
  const said = { userId: id, email: 'ada@example.com', username: 'ada' };
  const events = [
    { type: 'UserCreated', data: said },
    { type: 'UserNameChanged', data: { userId: id, oldName: 'ada', newName: 'a' } },
    { type: 'UserDeactivated', data: { userId: id, reason: 'left' } },
  ];
  return events.slice(0, upTo(3)).map((event, index) => ({ ...event, id, version: index + 1 }));
};

/** Appends to the store, and a moment after the commit to the topic, until `over`. */
async function write(topic: Topic, writer: number, over: () => boolean): Promise<void> {
  for (let user = 0; !over(); user += 1) {
    const tenantId = tenants[user % tenants.length] ?? '';
    for (const happening of life(`u-${writer}-${user}`)) {
      const event = recordedEvent(tenantId, happening);
      await store(owner, [event]);
      await delay(upTo(4));
      topic.partitions[(writer + user) % PARTITIONS]?.push(event);
    }
  }
}

/** A member of a group: fenced, it goes on from the stored position. */
async function follow(topic: Topic, projection: Projection<DomainEvent, Row>, partition: number): Promise<void> {
  const log = topic.partitions[partition] ?? [];
  let from: number | undefined;
  while (!topic.ended || (from ?? 0) < log.length) {
    const start = from ?? 0;
    const events = log.slice(start, start + upTo(4));
    if (events.length === 0) await delay(2);
    else from = await take(projection, { topic: USERS_TOPIC, partition, from, events });
  }
}

/** @returns where to go on */
async function take(projection: Projection<DomainEvent, Row>, delivery: Delivery): Promise<number | undefined> {
  try {
    const { parked } = await deliver(projector, projection, delivery);
    expect(parked).toEqual([]);
    return (delivery.from ?? 0) + delivery.events.length;
  } catch (error) {
    if (!isMillraceError(error, 'POSITION_FENCED')) throw error;
    const positions = await loadPositions(projector, projection.name);
    return positions.find(({ partition }) => partition === delivery.partition)?.nextOffset;
  }
}

async function compared(projection: Projection<DomainEvent, Row>) {
  const streams = tenants.map((tenantId) => readStreams(owner, storedEvents, { tenantId, aggregateTypes: ['user'] }));
  const expected = replay(projection, (await Promise.all(streams)).flat());
  return compareProjection(projection, expected, await tableOf(owner, projection));
}

test('ACC-21 SHR-34 rebuilt again and again while commands append and batches are applied: the tables equal a replay', async () => {
  const topic: Topic = { partitions: Array.from({ length: PARTITIONS }, () => []), ended: false };
  let rounds = 0;
  const writing = [0, 1, 2].map((writer) => write(topic, writer, () => rounds === ROUNDS));
  const following = projections.flatMap((projection) =>
    topic.partitions.map((_, partition) => follow(topic, projection, partition)),
  );
  const environment = { DATABASE_URL: created.url, MILLRACE_HOME: '/nonexistent' };
  const rebuilding = async () => {
    try {
      for (; rounds < ROUNDS; rounds += 1) {
        await delay(upTo(50));
        expect(
          await runCli(
            [projectionsCommand],
            ['projections', 'rebuild', '--aggregate', 'user', '--in-place'],
            environment,
          ),
        ).toBe(0);
      }
    } finally {
      rounds = ROUNDS;
    }
  };
  await Promise.all([rebuilding(), ...writing]).finally(() => (topic.ended = true));
  await Promise.all(following);
  for (const projection of projections) {
    const { expected, ...differences } = await compared(projection);
    expect([projection.name, differences]).toEqual([projection.name, { missing: [], extra: [], drifted: [] }]);
    expect(expected).toBeGreaterThanOrEqual(tenants.length);
  }
});
