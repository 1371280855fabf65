import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { USERS_TOPIC } from '@millrace/contracts/users';
import type { RecordedEvent } from '@millrace/core';
import { type Database, openDatabase } from '@millrace/postgres';
import { createTestDatabase, type TestDatabase } from '@millrace/testing';

import { CapturedCli } from './captured-run.fixture.ts';
import { eventsCommand } from './events.ts';
import { deliver, fleetProjection, recordedEvent, store, tableOf } from './live-fleet.fixture.ts';
import { projectionsCommand } from './projections.ts';

let created: TestDatabase;
let owner: Database;
let projector: Database;

const users = fleetProjection('user_projector');
const log = fleetProjection('event-log-projection');
const user = (id: string) => ({ userId: id, email: 'ada@example.com', username: 'ada' });
const events: RecordedEvent[] = ['acme', 'globex'].flatMap((tenantId) => [
  recordedEvent(tenantId, { id: 'u-1', version: 1, type: 'UserCreated', data: user('u-1') }),
  recordedEvent(tenantId, { id: 'u-2', version: 1, type: 'UserCreated', data: user('u-2') }),
  recordedEvent(tenantId, { id: 'u-2', version: 2, type: 'UserDeactivated', data: { userId: 'u-2', reason: 'left' } }),
]);

beforeAll(async () => {
  created = await createTestDatabase();
  owner = openDatabase({ url: created.url });
  projector = openDatabase({ url: created.roleUrls.projector });
  await store(owner, events);
  for (const projection of [users, log])
    await deliver(projector, projection, { topic: USERS_TOPIC, partition: 0, from: undefined, events });
});
afterAll(async () => {
  await Promise.all([owner.close(), projector.close()]);
  await created.drop();
});

const cli = new CapturedCli([projectionsCommand, eventsCommand], () => ({
  DATABASE_URL: created.url,
  MILLRACE_HOME: '/nonexistent',
}));
const run = async (...args: string[]) => (await cli.run(args)).exitCode;
const answer = <T>(...args: string[]) => cli.answer<T>(args);

describe('millrace projections', () => {
  test('ORD-54 pause and resume are kept, and list shows them, the last event and the lag it cannot ask for', async () => {
    expect(await answer('projections', 'pause', 'hiring-saga')).toEqual({
      group: 'hiring-saga',
      paused: true,
      changed: true,
    });
    await run('projections', 'pause', users.name);
    type Listed = {
      projections: { name: string; paused: boolean; lag: number | null; lastEventTime: string | null }[];
    };
    const { projections } = await answer<Listed>('projections', 'list');
    expect(
      projections
        .filter(({ paused }) => paused)
        .map(({ name }) => name)
        .sort(),
    ).toEqual(['hiring-saga', users.name]);
    const listed = projections.find(({ name }) => name === users.name);
    expect([listed?.lag, Date.parse(listed?.lastEventTime ?? '')]).toEqual([
      null,
      Date.parse(events.at(-1)?.occurredAt ?? ''),
    ]);
    await run('projections', 'resume', users.name);
    expect(await answer('projections', 'resume', users.name)).toMatchObject({ changed: false });
    await run('projections', 'resume', 'hiring-saga');
  });

  test('ACC-71 SHR-34 a rebuild beside, a comparison, a switch and the way back', async () => {
    const expected = await tableOf(owner, users);
    expect(await answer('projections', 'rebuild', users.name, '--no-switch')).toMatchObject({
      rebuilt: [{ rows: 4, events: 6, switched: false, comparison: { equal: 4 } }],
    });
    expect(await answer('projections', 'compare', users.name)).toMatchObject({ agree: true });
    await owner.query(`update read_model.user_read_model set username = 'eve' where tenant_id = 'acme' and id = 'u-1'`);
    expect(await run('projections', 'compare', users.name)).toBe(1);
    expect(cli.printed).toContain('✖ different  acme u-1  username "eve" → "ada"');
    expect(await run('projections', 'switch', users.name)).toBe(0);
    expect(await tableOf(owner, users)).toEqual(expected);
    expect(await run('projections', 'switch', users.name, '--back')).toBe(0);
    expect(await tableOf(owner, users)).not.toEqual(expected);
    expect(await run('projections', 'switch', users.name, '--back')).toBe(0);
    expect(await tableOf(owner, users)).toEqual(expected);
    const positions = await answer<{ projections: { name: string; positions: object[] }[] }>('projections', 'list');
    expect(positions.projections.find(({ name }) => name === users.name)?.positions).toMatchObject([{ nextOffset: 6 }]);
  });

  test('SHR-34 the materialised view follows the table that took over', async () => {
    const activity = async () => {
      await owner.query('refresh materialized view concurrently read_model.activity');
      const { rows } = await owner.query<{ events: number }>(
        'select sum(events)::bigint as events from read_model.activity',
      );
      return rows[0]?.events;
    };
    expect(await activity()).toBe(6);
    await owner.query(`delete from read_model.event_log where tenant_id = 'acme'`);
    expect(await activity()).toBe(3);
    expect(await run('projections', 'rebuild', log.name)).toBe(0);
    expect(cli.complained).toMatch(
      /event-log-projection {2}folds the store: 6 of 6 events, \d+ per second, 0 s left\n/,
    );
    expect(await activity()).toBe(6);
  });

  test('SHR-34 one tenant, one aggregate', async () => {
    await owner.query(`update read_model.user_read_model set username = 'eve'`);
    await run('projections', 'rebuild', users.name, '--tenant', 'acme', '--aggregate-id', 'u-1');
    const names = async () => (await tableOf(owner, users)).map(({ username }) => username);
    expect(await names()).toEqual(['ada', 'eve', 'eve', 'eve']);
    await run('projections', 'rebuild', users.name, '--tenant', 'globex');
    expect(await names()).toEqual(['ada', 'eve', 'ada', 'ada']);
    expect(await run('projections', 'rebuild', users.name, '--tenant', 'acme', '--aggregate-id', 'nobody')).toBe(1);
    expect(cli.complained).toContain('no events of nobody in acme');
  });

  test.each([
    [['rebuild', users.name, '--aggregate-id', 'u-1'], '--tenant'],
    [['rebuild', users.name, '--tenant', 'acme', '--no-switch'], 'beside'],
    [['rebuild', users.name, '--events-per-second', '0'], 'whole number'],
    [['pause', 'nobody'], users.name],
    [['seek', users.name, '--to', 'users/0'], '<offset>'],
  ])('%j is wrong usage, and says what there is', async (args, said) => {
    expect(await run('projections', ...args)).toBe(2);
    expect(cli.complained).toContain(said);
  });

  test('ACC-71 cancelling where there is nothing, and switching to what is not there', async () => {
    expect(await answer('projections', 'rebuild', users.name, '--cancel')).toEqual({ cancelled: [] });
    expect(await run('projections', 'switch', users.name)).toBe(1);
    expect(cli.complained).toContain('no finished next table');
  });
});

test('ACC-70 millrace events upcast --dry-run reads the whole store, and names what it cannot bring to its current version', async () => {
  expect(await answer('events', 'upcast', '--dry-run')).toMatchObject({ events: 6, failed: 0, failures: [] });
  const planted = recordedEvent('acme', { id: 'u-3', version: 1, type: 'UserCreated', data: { userId: 'u-3' } });
  const future = {
    ...recordedEvent('acme', { id: 'u-4', version: 1, type: 'UserCreated', data: user('u-4') }),
    eventVersion: 99,
  };
  await store(owner, [planted, future]);
  expect(await run('events', 'upcast', '--dry-run')).toBe(1);
  expect(cli.printed).toMatch(
    /8 event\(s\) read, 2 of them[^]*u-3 @1 {2}UserCreated v\d {2}PAYLOAD_INVALID[^]*u-4 @1 {2}UserCreated v99 {2}UNKNOWN_EVENT_TYPE/,
  );
  expect(await run('events', 'upcast')).toBe(2);
});
