import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { outboxTopics } from '@millrace/contracts/topology';
import { type Database, openDatabase } from '@millrace/postgres';
import { createTestDatabase, type TestDatabase } from '@millrace/testing';

import { CommandApiFixture, logger } from '../command-api.fixture.ts';
import { deploy, undeploy } from '../deployed.fixture.ts';
import { WriteSide } from '../write-side.ts';

const slotName = `users_${process.pid}`;
let created: TestDatabase;
let owner: Database;
let database: Database;
let api: CommandApiFixture;
let writeSide: WriteSide;

beforeAll(async () => {
  created = await createTestDatabase(outboxTopics);
  owner = openDatabase({ url: created.url });
  await deploy(owner, slotName);
  database = openDatabase({ url: created.roleUrls.command, poolSize: 20 });
  ({ api, writeSide } = await start());
});
afterAll(async () => {
  await stop();
  await database.close();
  await undeploy(owner, slotName);
  await owner.close();
  await created.drop();
});

async function start(handling: { mostAttempts?: number } = {}) {
  let side: WriteSide | undefined;
  const fixture = new CommandApiFixture(
    (observer = {}) => (side = new WriteSide({ database, logger, slotName, handling: { ...handling, observer } })),
  );
  await side?.open();
  return { api: fixture, writeSide: side as WriteSide };
}
async function stop(): Promise<void> {
  await api.server.close();
  writeSide.close();
}

const create = (userId: string) => api.command('/v1/users', { userId, email: 'ada@example.com', username: 'ada' });
const changeEmail = (userId: string, email: string) => api.command(`/v1/users/${userId}/change-email`, { email });
const changeName = (userId: string, username: string) => api.command(`/v1/users/${userId}/change-name`, { username });

/** A row as the predecessor wrote it. */
async function insert(userId: string, sequenceNumber: number, type: string, payload: object): Promise<void> {
  await owner.query(
    `insert into event_store.events (tenant_id, aggregate_type, aggregate_id, sequence_number, event_id, event_type,
       event_version, payload, correlation_id, traceparent, occurred_at)
     values ('acme', 'user', $1, $2, $3, $4, 1, $5, 'legacy', 'legacy', now())`,
    [userId, sequenceNumber, randomUUID(), type, JSON.stringify(payload)],
  );
}

async function newestOf(userId: string) {
  const { rows } = await owner.query(
    `select event_type, payload from event_store.events where aggregate_type = 'user' and aggregate_id = $1
      order by sequence_number desc limit 1`,
    [userId],
  );
  return rows[0] as unknown;
}

describe('users in the event store', () => {
  test('T-14 TOX-5 TOX-6 TOX-17 rows under dotted names load and decide', async () => {
    await insert('u-legacy', 1, 'user.created', { userId: 'u-legacy', email: 'a@example.com', username: 'a' });
    await insert('u-legacy', 2, 'user.updated', { userId: 'u-legacy', email: 'b@example.com', username: 'b' });
    expect(await create('u-legacy')).toMatchObject({ status: 409, body: { version: 2 } });
    expect(await changeEmail('u-legacy', 'b@example.com')).toMatchObject({ status: 422 });
    expect(await changeEmail('u-legacy', 'c@example.com')).toMatchObject({ status: 200, body: { version: 3 } });
    expect(await newestOf('u-legacy')).toEqual({
      event_type: 'UserEmailChanged',
      payload: { userId: 'u-legacy', oldEmail: 'b@example.com', newEmail: 'c@example.com' },
    });
  });

  test('T-14 TOX-17 a changed user loads again after a restart', async () => {
    await create('u-restart');
    expect((await changeEmail('u-restart', 'new@example.com')).status).toBe(200);
    await stop();
    ({ api, writeSide } = await start());
    expect(await changeName('u-restart', 'countess')).toMatchObject({ status: 200, body: { version: 3 } });
    expect((await changeEmail('u-restart', 'new@example.com')).body).toMatchObject({ code: 'USER_UNCHANGED' });
  });

  test('TOX-43 a user of 250 events is loaded by replaying fewer than 100', async () => {
    await create('u-long');
    for (let version = 2; version <= 250; version += 1) {
      expect((await changeName('u-long', `name-${version}`)).body).toMatchObject({ status: 'accepted', version });
    }
    await stop();
    ({ api, writeSide } = await start());
    expect((await changeName('u-long', 'countess')).body).toMatchObject({ status: 'accepted', version: 251 });
    expect(await api.metric('millrace_events_replayed_per_load_count')).toBe(1);
    const replayed = await api.metric('millrace_events_replayed_per_load_sum');
    expect(replayed).toBeGreaterThan(0);
    expect(replayed).toBeLessThan(100);
  });

  test('ACC-48 conflicts are counted: as many as answers 409 where none is decided again', async () => {
    await create('u-contested');
    const once = await start({ mostAttempts: 1 });
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        once.api.command('/v1/users/u-contested/change-name', { username: `name-${index}` }),
      ),
    );
    const refused = answers.filter(({ status }) => status === 409);
    expect(refused.length).toBeGreaterThan(0);
    expect(await once.api.metric('millrace_append_conflicts_total')).toBe(refused.length);
    await once.api.server.close();
  });

  test('T-15 TOX-17 a type that nobody knows fails the next command of that user alone; clients are not told what is inside, operators are by a metric', async () => {
    await create('u-unknown');
    await insert('u-unknown', 2, 'user.promoted', {});
    const answer = await changeEmail('u-unknown', 'new@example.com');
    expect(answer).toMatchObject({ status: 500, body: { code: 'INTERNAL_ERROR' } });
    expect(await api.metric('millrace_commands_total{command="ChangeUserEmail",outcome="unknown_event_type"}')).toBe(1);
    expect((await create('u-known')).status).toBe(201);
  });

  test('TOX-10 TOX-38 TOX-41 ten changes at once: conflicts are counted and decided again, none is lost', async () => {
    await create('u-busy');
    const answers = await Promise.all(Array.from({ length: 10 }, (_, index) => changeName('u-busy', `name-${index}`)));
    const accepted = answers.filter(({ status }) => status === 200);
    const others = answers.filter(({ status }) => status !== 200);
    expect(others.every(({ status, body }) => status === 409 && body['code'] === 'VERSION_CONFLICT')).toBe(true);
    expect(await api.metric('millrace_append_conflicts_total')).toBeGreaterThan(0);
    const { rows } = await owner.query<{ payload: { oldName: string; newName: string } }>(
      `select payload from event_store.events where aggregate_id = 'u-busy' and sequence_number > 1 order by sequence_number`,
    );
    expect(rows).toHaveLength(accepted.length);
    const told = rows.map(({ payload }) => payload);
    told.reduce((before, { oldName, newName }) => (expect(oldName).toBe(before), newName), 'ada');
  });
});
