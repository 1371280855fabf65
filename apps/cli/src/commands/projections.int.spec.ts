import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { loadPositions } from '@millrace/consumer';
import { JOBS_TOPIC } from '@millrace/contracts/jobs';
import { TENANTS_TOPIC } from '@millrace/contracts/tenants';
import { USERS_TOPIC } from '@millrace/contracts/users';
import type { RecordedEvent } from '@millrace/core';
import { projections as fleet } from '@millrace/fleet';
import { type Database, openDatabase } from '@millrace/postgres';
import { createTestDatabase, type TestDatabase } from '@millrace/testing';

import { CapturedCli } from './captured-run.fixture.ts';
import { deliver, fleetProjection, recordedEvent, store, tableOf } from './live-fleet.fixture.ts';
import { projectionsCommand } from './projections.ts';

let created: TestDatabase;
let owner: Database;
let projector: Database;

const users = fleetProjection('user_projector');
const tenants = fleetProjection('tenant-view-projection');
const log = fleetProjection('event-log-projection');
const jobs = fleetProjection('job-read-model-projection');

const user = { email: 'ada@example.com', username: 'ada' };
const happened = {
  [TENANTS_TOPIC]: [
    { id: 'acme', version: 1, type: 'TenantCreated', data: { tenantId: 'acme', name: 'Acme', settings: {} } },
  ],
  [USERS_TOPIC]: [
    { id: 'u-1', version: 1, type: 'UserCreated', data: { userId: 'u-1', ...user } },
    { id: 'u-2', version: 1, type: 'UserCreated', data: { userId: 'u-2', ...user } },
    { id: 'u-1', version: 2, type: 'UserNameChanged', data: { userId: 'u-1', oldName: 'ada', newName: 'a' } },
    { id: 'u-2', version: 2, type: 'UserDeactivated', data: { userId: 'u-2', reason: 'left' } },
    { id: 'u-3', version: 1, type: 'UserCreated', data: { userId: 'u-3', ...user } },
  ],
  [JOBS_TOPIC]: [
    ...['j-1', 'j-2', 'j-3'].map((jobId) => {
      const job = { jobId, name: 'backup', command: 'tar', image: 'alpine', metadata: { env: 'a' } };
      return { id: jobId, version: 1, type: 'JobCreated', data: job };
    }),
    { id: 'j-1', version: 2, type: 'JobStarted', data: { jobId: 'j-1', attempt: 1 } },
    { id: 'j-2', version: 2, type: 'JobCancelled', data: { jobId: 'j-2', reason: 'a mistake' } },
    { id: 'j-1', version: 3, type: 'JobCompleted', data: { jobId: 'j-1' } },
  ],
};
const topics: readonly (readonly [topic: string, events: RecordedEvent[]])[] = Object.entries(happened).map(
  ([topic, happenings]) => [topic, happenings.map((happening) => recordedEvent('acme', happening))],
);

beforeAll(async () => {
  created = await createTestDatabase();
  owner = openDatabase({ url: created.url });
  projector = openDatabase({ url: created.roleUrls.projector });
  for (const [topic, events] of topics) {
    await store(owner, events);
    for (const projection of fleet.filter((one) => one.topics.includes(topic))) {
      await deliver(projector, projection, { topic, partition: 0, from: undefined, events });
    }
  }
});
afterAll(async () => {
  await Promise.all([owner.close(), projector.close()]);
  await created.drop();
});

const cli = new CapturedCli([projectionsCommand], () => ({
  DATABASE_URL: created.url,
  MILLRACE_HOME: '/nonexistent',
}));
const run = (...args: string[]) => cli.run(['projections', ...args]);

async function rebuilt(...args: string[]) {
  type Rebuilt = { rebuilt: { projection: string; rows: number; events: number }[] };
  const answer = await cli.answer<Rebuilt>(['projections', 'rebuild', ...args, '--in-place']);
  expect(cli.complained).toBe('');
  return answer.rebuilt;
}

describe('millrace projections rebuild', () => {
  test('JOB-34 JOB-45 deleted job rows come back as they were', async () => {
    const before = await tableOf(owner, jobs);
    expect(before.map(({ status }) => status)).toEqual(['completed', 'cancelled', 'created']);
    await owner.query('delete from read_model.job_read_model');
    expect(await rebuilt(jobs.name)).toMatchObject([{ projection: jobs.name, rows: 3, events: 6 }]);
    expect(await tableOf(owner, jobs)).toEqual(before);
    const { exitCode, printed } = await run('rebuild', jobs.name, '--in-place');
    expect(exitCode).toBe(0);
    expect(printed).toMatch(/job-read-model-projection {2}3 row\(s\) of 6 event\(s\), in \d+\.\d s\n$/);
  });

  test.each([users, tenants, log])('SHR-34 $name equals the live table, and goes on from there', async (projection) => {
    const [before, positions] = [await tableOf(owner, projection), await loadPositions(owner, projection.name)];
    expect(before.length).toBeGreaterThan(0);
    await owner.query(`delete from read_model.${projection.table}`);
    await owner.query('delete from consumer.aggregate_versions where consumer_group = $1', [projection.name]);
    await rebuilt(projection.name);
    expect(await tableOf(owner, projection)).toEqual(before);
    expect(await loadPositions(owner, projection.name)).toEqual(positions);
    for (const [topic, events] of topics.filter(([name]) => projection.topics.includes(name))) {
      const again = { topic, partition: 1, from: undefined, events };
      expect(await deliver(projector, projection, again)).toMatchObject({ applied: 0, repeated: events.length });
    }
    expect(await tableOf(owner, projection)).toEqual(before);
  });

  test('TOX-36 --aggregate rebuilds every projection that reads its events, and no other', async () => {
    const before = await Promise.all([users, tenants, log].map((projection) => tableOf(owner, projection)));
    for (const { table } of fleet) await owner.query(`delete from read_model.${table}`);
    const names = (await rebuilt('--aggregate', 'user')).map(({ projection }) => projection);
    expect(names).toEqual([tenants.name, users.name, log.name]);
    expect(await Promise.all([users, tenants, log].map((projection) => tableOf(owner, projection)))).toEqual(before);
    expect(await tableOf(owner, jobs)).toEqual([]);
    await rebuilt(jobs.name);
  });

  test.each([
    [['rebuild', 'nobody'], users.name],
    [['rebuild', 'external-publisher'], users.name],
    [['rebuild', '--aggregate', 'nothing'], 'organization'],
    [['rebuild'], '--aggregate'],
    [['rebuild', 'user_projector', '--aggregate', 'user'], 'either'],
    [['seek', 'nobody', '--to', 'beginning'], users.name],
    [['seek', 'user_projector'], '--to'],
    [['seek', 'user_projector', '--to', 'end'], 'beginning'],
  ])('JOB-45 %j is wrong usage, and says what there is', async (args, said) => {
    expect(await run(...args)).toMatchObject({ exitCode: 2, complained: expect.stringContaining(said) });
  });
});

test('ACC-23 millrace projections seek: all is read again, and the table stays', async () => {
  const [topic, events] = topics.find(([name]) => name === USERS_TOPIC) ?? ['', []];
  const before = await tableOf(owner, tenants);
  const stood = (await loadPositions(owner, tenants.name)).find((position) => position.topic === topic)?.nextOffset;
  expect(await cli.answer(['projections', 'seek', tenants.name, '--to', 'beginning'])).toMatchObject({
    projection: tenants.name,
    to: 'beginning',
  });
  expect(await loadPositions(owner, tenants.name)).toEqual([]);
  const running = deliver(projector, tenants, { topic, partition: 0, from: stood, events: events.slice(0, 1) });
  await expect(running).rejects.toMatchObject({ code: 'POSITION_FENCED' });
  const anew = { topic, partition: 0, from: undefined, events };
  expect(await deliver(projector, tenants, anew)).toMatchObject({ applied: 0, repeated: events.length });
  expect(await tableOf(owner, tenants)).toEqual(before);
});
