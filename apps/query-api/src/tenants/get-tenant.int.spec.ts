import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { TenantEvent } from '@millrace/contracts/tenants';
import type { UserEvent } from '@millrace/contracts/users';
import { tenantView } from '@millrace/tenants-read-models';
import { createTestDatabase, type TestDatabase } from '@millrace/testing';

import { ReadSideFixture, type SpecStream } from '../read-side.fixture.ts';

let created: TestDatabase;
let readSide: ReadSideFixture;
let streams: SpecStream[];

beforeAll(async () => {
  created = await createTestDatabase();
  readSide = new ReadSideFixture(created);
});
afterAll(async () => {
  await readSide.close();
  await created.drop();
});
beforeEach(() => {
  streams = [];
});

const operator = { authorization: 'Bearer platform.operator' };

const happenings = (tenantId: string) =>
  ({
    created: { type: 'TenantCreated', data: { tenantId, name: 'Acme', settings: { locale: 'de' } } },
    renamed: { type: 'TenantRenamed', data: { tenantId, oldName: 'Acme', newName: 'Acme Ltd' } },
    suspended: { type: 'TenantSuspended', data: { tenantId, reason: 'unpaid' } },
    deleted: { type: 'TenantDeleted', data: { tenantId, reason: 'moved on' } },
  }) as const satisfies Record<string, TenantEvent>;

async function append(stream: SpecStream, ...events: (TenantEvent | UserEvent)[]): Promise<void> {
  streams.push(stream);
  await readSide.append(stream, ...events);
}
const tenant = (tenantId: string, ...names: (keyof ReturnType<typeof happenings>)[]) =>
  append(
    { tenantId, aggregateType: 'tenant', aggregateId: tenantId },
    ...names.map((name) => happenings(tenantId)[name]),
  );
const user = (tenantId: string, userId: string, ...more: UserEvent[]) =>
  append(
    { tenantId, aggregateType: 'user', aggregateId: userId },
    { type: 'UserCreated', data: { userId, email: 'ada@example.com', username: 'ada' } },
    ...more,
  );
const project = () => readSide.project([tenantView], ...streams);

describe('GET /v1/tenants/:tenantId', () => {
  test('ACC-17 ACC-15 ACC-18 name, status, settings and how many active users it has', async () => {
    await tenant('acme', 'created', 'renamed');
    await user('acme', 'u-1');
    await user('acme', 'u-2', { type: 'UserDeactivated', data: { userId: 'u-2', reason: 'left' } });
    await project();
    const { status, headers, body } = await readSide.get('/v1/tenants/acme');
    expect([status, headers['etag']]).toEqual([200, '"2"']);
    expect(body).toEqual({
      tenantId: 'acme',
      name: 'Acme Ltd',
      status: 'active',
      settings: { locale: 'de' },
      userCount: 1,
      createdAt: '2026-01-02T03:04:05.000Z',
      lastUpdated: '2026-01-02T03:04:06.000Z',
      version: 2,
    });
  });

  test('ACC-19 ACC-25 the first answer is read, the second comes from the cache, until something changes', async () => {
    await tenant('cached', 'created');
    await project();
    const counts = async () => [
      await readSide.metric('millrace_cache_misses_total{query="GetTenant"}'),
      await readSide.metric('millrace_cache_hits_total{query="GetTenant"}'),
    ];
    const [misses = 0, hits = 0] = await counts();
    const get = () => readSide.get('/v1/tenants/cached', operator);
    await get();
    expect(await counts()).toEqual([misses + 1, hits]);
    await get();
    expect(await counts()).toEqual([misses + 1, hits + 1]);
    await user('cached', 'u-1');
    await project();
    expect((await get()).body).toMatchObject({ userCount: 1, version: 1 });
  });

  test('ACC-19 T-53 an unknown tenant is 404', async () => {
    expect(await readSide.get('/v1/tenants/nobody', operator)).toMatchObject({
      status: 404,
      body: { code: 'TENANT_NOT_FOUND' },
    });
  });

  test('ACC-18 a tenant that only its users tell of is no tenant yet', async () => {
    await user('early', 'u-1');
    await project();
    const { rows } = await readSide.sql(
      `select version, user_count from read_model.tenant_view where tenant_id = 'early'`,
    );
    expect(rows).toEqual([{ version: 0, user_count: 1 }]);
    expect((await readSide.get('/v1/tenants/early', operator)).status).toBe(404);
  });

  test('a foreign tenant is 404 as none would be, history included; for an operator it is there', async () => {
    await tenant('rival', 'created', 'suspended');
    await project();
    for (const url of ['/v1/tenants/rival', '/v1/tenants/rival/history', '/v1/tenants/rival?version=1']) {
      for (const role of ['admin', 'reader']) {
        const answer = await readSide.get(url, { authorization: `Bearer acme.${role}` });
        expect(answer).toMatchObject({
          status: 404,
          body: { code: 'TENANT_NOT_FOUND', detail: 'There is no tenant rival.' },
        });
      }
      expect((await readSide.get(url, operator)).status).toBe(200);
    }
  });

  test('what is known of the past does not include how many users there were', async () => {
    await tenant('past', 'created', 'renamed');
    await user('past', 'u-1');
    await project();
    const { body } = await readSide.get('/v1/tenants/past?version=1', operator);
    expect(body).toMatchObject({ name: 'Acme', version: 1 });
    expect(body).not.toHaveProperty('userCount');
  });

  test('T-66 ACC-16 SHR-42 of a deleted tenant the whole history stays, for its auditors and operators', async () => {
    await tenant('gone', 'created', 'suspended', 'deleted');
    await project();
    for (const authorization of ['Bearer gone.auditor', 'Bearer gone.admin', operator.authorization]) {
      const { status, body } = await readSide.get('/v1/tenants/gone/history', { authorization });
      expect([status, (body['items'] as { type: string }[]).map(({ type }) => type)]).toEqual([
        200,
        ['TenantCreated', 'TenantSuspended', 'TenantDeleted'],
      ]);
    }
    expect((await readSide.get('/v1/tenants/gone', operator)).body).toMatchObject({ status: 'deleted', version: 3 });
    expect((await readSide.get('/v1/tenants/gone/history', { authorization: 'Bearer acme.auditor' })).status).toBe(404);
  });
});

describe('GET /v1/tenants', () => {
  test('T-66 ACC-17 operators see all tenants that are not deleted, and the deleted ones when they ask', async () => {
    await readSide.sql('truncate read_model.tenant_view');
    await tenant('list-a', 'created');
    await tenant('list-b', 'created', 'suspended');
    await tenant('list-c', 'created', 'deleted');
    await user('list-d', 'u-1');
    await project();
    const idsOf = async (query: string) => {
      const { body } = await readSide.get(`/v1/tenants${query}`, operator);
      return (body['items'] as { tenantId: string }[]).map(({ tenantId }) => tenantId);
    };
    expect(await idsOf('')).toEqual(['list-b', 'list-a']);
    expect(await idsOf('?status=suspended')).toEqual(['list-b']);
    expect(await idsOf('?status=deleted')).toEqual(['list-c']);
    const { next } = (await readSide.get('/v1/tenants?limit=1', operator)).body;
    expect(await idsOf(`?limit=1&cursor=${String(next)}`)).toEqual(['list-a']);
  });

  test.each(['admin', 'reader', 'auditor'])('nobody else, so not role %s', async (role) => {
    expect((await readSide.get('/v1/tenants', { authorization: `Bearer acme.${role}` })).status).toBe(403);
  });
});
