import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { UserEvent } from '@millrace/contracts/users';
import { tenantView } from '@millrace/tenants-read-models';
import { createTestDatabase, type TestDatabase } from '@millrace/testing';
import { userProjector } from '@millrace/users-read-models';

import { ReadSideFixture } from '../read-side.fixture.ts';

let created: TestDatabase;
let readSide: ReadSideFixture;

beforeAll(async () => {
  created = await createTestDatabase();
  readSide = new ReadSideFixture(created);
});
afterAll(async () => {
  await readSide.close();
  await created.drop();
});

const streamOf = (userId: string, tenantId = 'acme', createdAt = '2026-01-02T03:04:05.000Z') => ({
  tenantId,
  aggregateType: 'user',
  aggregateId: userId,
  createdAt,
});

const happenings = (userId: string) =>
  ({
    created: { type: 'UserCreated', data: { userId, email: 'ada@example.com', username: 'ada' } },
    emailChanged: {
      type: 'UserEmailChanged',
      data: { userId, oldEmail: 'ada@example.com', newEmail: 'countess@example.com' },
    },
    deactivated: { type: 'UserDeactivated', data: { userId, reason: 'left' } },
    imported: {
      type: 'UserImported',
      data: {
        userId,
        email: 'old@example.com',
        username: 'old',
        isActive: false,
        createdAt: '2019-05-06T07:08:09.123456Z',
      },
    },
  }) as const satisfies Record<string, UserEvent>;

async function live(userId: string, names: (keyof ReturnType<typeof happenings>)[], tenantId = 'acme'): Promise<void> {
  await readSide.append(streamOf(userId, tenantId), ...names.map((name) => happenings(userId)[name]));
  await readSide.project([userProjector], streamOf(userId, tenantId));
}

describe('GET /v1/users/:userId', () => {
  test('TOX-26 TOX-27 TOX-37 a user with exactly the names that its readers know, and its version', async () => {
    await live('u-1', ['created', 'emailChanged']);
    const { status, headers, body } = await readSide.get('/v1/users/u-1');
    expect([status, headers['etag']]).toEqual([200, '"2"']);
    expect(body).toEqual({
      id: 'u-1',
      email: 'countess@example.com',
      username: 'ada',
      is_active: true,
      created_at: '2026-01-02T03:04:05.000Z',
      last_updated: '2026-01-02T03:04:06.000Z',
      version: 2,
    });
  });

  test('TOX-30 created_at is the time of the event, to SQL too', async () => {
    const { rows } = await readSide.sql(
      `select u.created_at = e.occurred_at as equal from read_model.user_read_model u join event_store.events e
         on e.tenant_id = u.tenant_id and e.aggregate_type = 'user' and e.aggregate_id = u.id and e.sequence_number = 1
        where u.id = 'u-1'`,
    );
    expect(rows).toEqual([{ equal: true }]);
  });

  test('TOX-42 an imported user is as old as the old table said, now and at its version', async () => {
    await live('u-imported', ['imported']);
    const now = await readSide.get('/v1/users/u-imported');
    expect(now.body).toMatchObject({ is_active: false, created_at: '2019-05-06T07:08:09.123456Z' });
    expect((await readSide.get('/v1/users/u-imported?version=1')).body).toEqual(now.body);
  });

  test('TOX-53 SHR-42 a user as they were, and all that happened to them: who, when, why', async () => {
    await live('u-past', ['created', 'emailChanged', 'deactivated']);
    expect((await readSide.get('/v1/users/u-past')).body).toMatchObject({ is_active: false, version: 3 });
    expect((await readSide.get('/v1/users/u-past?version=1')).body).toMatchObject({
      email: 'ada@example.com',
      is_active: true,
    });
    const { items } = (await readSide.get('/v1/users/u-past/history')).body as { items: object[] };
    expect(items).toMatchObject([
      { type: 'UserCreated', version: 1, userId: 'alice', correlationId: 'process-1', causationId: 'command-1' },
      { type: 'UserEmailChanged', data: { oldEmail: 'ada@example.com', newEmail: 'countess@example.com' } },
      { type: 'UserDeactivated', occurredAt: '2026-01-02T03:04:07.000Z' },
    ]);
  });

  test('T-53 TOX-26 nobody, or a user of another tenant, is 404', async () => {
    await live('u-foreign', ['created'], 'rival');
    for (const url of ['/v1/users/nobody', '/v1/users/u-foreign', '/v1/users/u-foreign/history']) {
      expect(await readSide.get(url)).toMatchObject({ status: 404, body: { code: 'USER_NOT_FOUND' } });
    }
  });

  test('TOX-26 the query goes over the bus, cached by row', async () => {
    await live('u-cached', ['created']);
    const counts = async () => [
      await readSide.metric('millrace_cache_misses_total{query="GetUser"}'),
      await readSide.metric('millrace_cache_hits_total{query="GetUser"}'),
    ];
    const [misses = 0, hits = 0] = await counts();
    await readSide.get('/v1/users/u-cached');
    await readSide.get('/v1/users/u-cached');
    expect(await counts()).toEqual([misses + 1, hits + 1]);
  });

  test.each([
    ['reader', 200],
    ['users.reader', 200],
    ['users.writer', 200],
    ['orders.reader', 403],
    ['auditor', 403],
  ])('role %s: %i', async (role, status) => {
    await live(`u-for-${role}`, ['created']);
    const headers = { authorization: `Bearer acme.${role}` };
    expect((await readSide.get(`/v1/users/u-for-${role}`, headers)).status).toBe(status);
  });
});

describe('GET /v1/users', () => {
  test('TOX-31 TOX-37 users of the tenant, newest first, page by page; the same topic counts them', async () => {
    const streams = ['u-a', 'u-b', 'u-c'].map((id, day) => streamOf(id, 'listed', `2026-01-0${day + 1}T00:00:00.000Z`));
    for (const stream of streams) await readSide.append(stream, happenings(stream.aggregateId).created);
    await readSide.append(streams[2] as (typeof streams)[0], happenings('u-c').deactivated);
    await readSide.project([userProjector, tenantView], ...streams);
    const headers = { authorization: 'Bearer listed' };
    const first = (await readSide.get('/v1/users?limit=2', headers)).body as { items: object[]; next: string };
    expect(first.items).toMatchObject([
      { id: 'u-c', is_active: false },
      { id: 'u-b', is_active: true },
    ]);
    const second = (await readSide.get(`/v1/users?limit=2&cursor=${first.next}`, headers)).body;
    expect(second).toMatchObject({ items: [{ id: 'u-a' }] });
    expect(second['next']).toBeUndefined();
    const { rows } = await readSide.sql(`select user_count from read_model.tenant_view where tenant_id = 'listed'`);
    expect(rows).toEqual([{ user_count: 2 }]);
    expect((await readSide.get('/v1/users', { authorization: 'Bearer nobody' })).body).toEqual({ items: [] });
  });
});
