import { afterAll, describe, expect, test } from '@jest/globals';
import { tenantRoutes } from '@millrace/contracts/tenants';

import { inMemory } from '../command-api.fixture.ts';

const { api, memory, store } = inMemory();
afterAll(() => api.server.close());

const operator = { authorization: 'Bearer platform.operator' };
const reason = 'unpaid';
const bodies: Readonly<Record<string, object>> = {
  rename: { name: 'Acme Ltd' },
  'update-settings': { settings: { locale: 'de' } },
  suspend: { reason },
  reactivate: {},
  delete: { reason },
};
const verbs = Object.keys(bodies);

const eventsOf = (tenantId: string) => store.load({ tenantId, aggregateType: 'tenant', aggregateId: tenantId });
const create = (tenantId: string, headers = operator) =>
  api.command('/v1/tenants', { tenantId, name: 'Acme' }, headers);
const send = (tenantId: string, verb: string, headers = operator) =>
  api.command(`/v1/tenants/${tenantId}/${verb}`, bodies[verb], headers);

const ways = {
  absent: [],
  active: ['create'],
  suspended: ['create', 'suspend'],
  deleted: ['create', 'delete'],
} as const;
type State = keyof typeof ways;

/** What is possible in each state; everything else is refused. */
const possible: Readonly<Record<State, readonly string[]>> = {
  absent: ['create'],
  active: ['rename', 'update-settings', 'suspend', 'delete'],
  suspended: ['rename', 'update-settings', 'reactivate', 'delete'],
  deleted: [],
};

function expected(state: State, verb: string): string {
  if (possible[state].includes(verb)) return verb === 'create' ? '201' : '200';
  if (state === 'absent') return '404 TENANT_NOT_FOUND';
  return verb === 'create' ? '409 TENANT_ALREADY_EXISTS' : '422 TENANT_TRANSITION_REFUSED';
}

const cells = (Object.keys(ways) as State[]).flatMap((state) =>
  ['create', ...verbs].map((verb) => [state, verb, expected(state, verb)] as const),
);

describe('ACC-14 ACC-15 ACC-16 ORD-76 every state × every command', () => {
  const run = (tenantId: string, verb: string) => (verb === 'create' ? create(tenantId) : send(tenantId, verb));

  test.each(cells)('%s tenant, %s: %s', async (state, verb, outcome) => {
    const tenantId = `t-${state}-${verb}`;
    for (const step of ways[state]) expect((await run(tenantId, step)).status).toBeLessThan(300);
    const before = memory.log.length;
    const { status, body } = await run(tenantId, verb);
    expect(status < 300 ? String(status) : `${status} ${String(body['code'])}`).toBe(outcome);
    expect(memory.log.length).toBe(before + (status < 300 ? 1 : 0));
    expect(body).toMatchObject({
      aggregateId: tenantId,
      version: ways[state].length + (status < 300 ? 1 : 0),
      ...(status >= 300 && { acknowledgment: 'rejected' }),
    });
  });
});

describe('commands of a tenant', () => {
  test('ACC-14 a tenant is created and stored under itself; a second time is refused', async () => {
    const { status, headers, body } = await create('globex');
    expect([status, headers['location']]).toEqual([201, '/v1/tenants/globex']);
    expect(body).toMatchObject({ status: 'accepted', aggregateId: 'globex', version: 1 });
    expect(await create('globex')).toMatchObject({ status: 409, body: { code: 'TENANT_ALREADY_EXISTS' } });
    expect(await eventsOf('globex')).toMatchObject([
      {
        type: 'TenantCreated',
        tenantId: 'globex',
        sequenceNumber: 1,
        userId: 'alice',
        data: { tenantId: 'globex', name: 'Acme', settings: {} },
      },
    ]);
  });

  test('ACC-15 ACC-16 each change is one event that says what changed', async () => {
    await create('initech');
    for (const verb of verbs) expect((await send('initech', verb)).status).toBe(200);
    expect((await eventsOf('initech')).slice(1).map(({ type, data }) => ({ type, data }))).toEqual([
      { type: 'TenantRenamed', data: { tenantId: 'initech', oldName: 'Acme', newName: 'Acme Ltd' } },
      { type: 'TenantSettingsUpdated', data: { tenantId: 'initech', settings: { locale: 'de' } } },
      { type: 'TenantSuspended', data: { tenantId: 'initech', reason } },
      { type: 'TenantReactivated', data: { tenantId: 'initech' } },
      { type: 'TenantDeleted', data: { tenantId: 'initech', reason } },
    ]);
    for (const name of Object.keys(tenantRoutes.verbs)) {
      expect(await api.metric(`millrace_commands_total{command="${name}",outcome="accepted"}`)).toBeGreaterThan(0);
    }
  });

  test('ACC-14 an admin creates, renames and configures the own tenant, and no more', async () => {
    const admin = { authorization: 'Bearer hooli.admin' };
    expect((await create('hooli', admin)).status).toBe(201);
    const answers = await Promise.all(verbs.map((verb) => send('hooli', verb, admin)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 403, 403, 403]);
  });

  test('T-62 an admin is told of a foreign tenant what would be said of none', async () => {
    await create('pied-piper');
    const admin = { authorization: 'Bearer hooli2.admin' };
    const answerOf = async (tenantId: string) => {
      const { status, body } = await send(tenantId, 'rename', admin);
      const { code, detail, version } = body;
      return { status, code, version, detail: String(detail).replaceAll(tenantId, '…') };
    };
    const nobody = await send('hooli2', 'rename', admin);
    expect(await answerOf('pied-piper')).toEqual(await answerOf('nobody'));
    expect(await answerOf('pied-piper')).toEqual({
      status: nobody.status,
      code: nobody.body['code'],
      version: nobody.body['version'],
      detail: String(nobody.body['detail']).replace('hooli2', '…'),
    });
    expect(await create('nobody', admin)).toMatchObject({ status: 404 });
    expect(await create('pied-piper', admin)).toMatchObject({ status: 404 });
    expect(await eventsOf('nobody')).toEqual([]);
  });

  test.each([
    ['', { tenantId: 'Acme', name: 'Acme' }, '/tenantId'],
    ['', { tenantId: 'a'.repeat(64), name: 'Acme' }, '/tenantId'],
    ['', { tenantId: 'acme' }, '/name'],
    ['', { name: 'Acme', settings: { 'no name': 'x' } }, '/settings/no name'],
    ['/acme/update-settings', { settings: { locale: 7 } }, '/settings/locale'],
    ['/acme/suspend', {}, '/reason'],
  ])('what is no tenant command is answered 400 with the place of the fault: %s %j', async (path, body, pointer) => {
    const answer = await api.command(`/v1/tenants${path}`, body, operator);
    const errors = (answer.body['errors'] ?? []) as { pointer: string }[];
    expect([answer.status, errors.map((error) => error.pointer)]).toEqual([400, [pointer]]);
  });
});

describe('T-66 ACC-16 what becomes of the other commands of a tenant', () => {
  const writer = { authorization: 'Bearer vehement.writer' };
  const order = (orderId: string) => api.create(orderId, writer);
  const user = (userId: string) =>
    api.command('/v1/users', { userId, email: 'ada@example.com', username: 'ada' }, writer);

  test('suspended: refused at once; reactivated: accepted; deleted: refused for good', async () => {
    expect((await order('o-1')).status).toBe(201);
    await create('vehement');
    expect((await order('o-2')).status).toBe(201);

    await send('vehement', 'suspend');
    expect(await order('o-3')).toMatchObject({ status: 403, body: { code: 'TENANT_SUSPENDED' } });
    expect(await user('u-1')).toMatchObject({ status: 403, body: { code: 'TENANT_SUSPENDED' } });

    await send('vehement', 'reactivate');
    expect((await order('o-3')).status).toBe(201);
    expect((await user('u-1')).status).toBe(201);

    await send('vehement', 'delete');
    expect(await order('o-4')).toMatchObject({ status: 403, body: { code: 'TENANT_DELETED' } });
    expect(await user('u-2')).toMatchObject({ status: 403, body: { code: 'TENANT_DELETED' } });
    expect(await send('vehement', 'reactivate')).toMatchObject({ status: 422 });
    expect(await order('o-4')).toMatchObject({ status: 403, body: { code: 'TENANT_DELETED' } });
    expect(await eventsOf('vehement')).toHaveLength(4);
  });
});
