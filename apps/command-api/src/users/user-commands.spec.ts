import { randomUUID } from 'node:crypto';

import { afterAll, describe, expect, test } from '@jest/globals';
import { userRoutes } from '@millrace/contracts/users';

import { inMemory } from '../command-api.fixture.ts';

const { api, memory, store } = inMemory();
afterAll(() => api.server.close());

const ada = { email: 'ada@example.com', username: 'ada' };
const legacy = { ...ada, isActive: true, createdAt: '2019-05-06T07:08:09.123456Z' };
const admin = { authorization: 'Bearer acme.admin' };
const bodies: Readonly<Record<string, object>> = {
  import: legacy,
  'change-email': { email: 'countess@example.com' },
  'change-name': { username: 'countess' },
  deactivate: { reason: 'left' },
};
const verbs = Object.keys(bodies);

const eventsOf = (aggregateId: string) => store.load({ tenantId: 'acme', aggregateType: 'user', aggregateId });
const create = (userId: string, more: object = {}) => api.command('/v1/users', { userId, ...ada, ...more });
const send = (userId: string, verb: string, headers = admin) =>
  api.command(`/v1/users/${userId}/${verb}`, bodies[verb], headers);

const ways = {
  absent: [],
  active: ['create'],
  imported: ['import'],
  deactivated: ['create', 'deactivate'],
} as const;
type State = keyof typeof ways;

function expected(state: State, verb: string): string {
  const begins = verb === 'create' || verb === 'import';
  if (begins) return state !== 'absent' ? '409 USER_ALREADY_EXISTS' : verb === 'create' ? '201' : '200';
  if (state === 'absent') return '404 USER_NOT_FOUND';
  return state === 'deactivated' ? '422 USER_TRANSITION_REFUSED' : '200';
}

const cells = (Object.keys(ways) as State[]).flatMap((state) =>
  ['create', ...verbs].map((verb) => [state, verb, expected(state, verb)] as const),
);

describe('TOX-18 TOX-21 every state × every command', () => {
  const run = (userId: string, verb: string) => (verb === 'create' ? create(userId) : send(userId, verb));

  test.each(cells)('%s user, %s: %s', async (state, verb, outcome) => {
    const userId = `u-${state}-${verb}`;
    for (const step of ways[state]) expect((await run(userId, step)).status).toBeLessThan(300);
    const before = memory.log.length;
    const { status, body } = await run(userId, verb);
    expect(status < 300 ? String(status) : `${status} ${String(body['code'])}`).toBe(outcome);
    expect(memory.log.length).toBe(before + (status < 300 ? 1 : 0));
    expect(body).toMatchObject({ aggregateId: userId, ...(status >= 300 && { acknowledgment: 'rejected' }) });
  });
});

describe('commands of a user', () => {
  test('TOX-2 TOX-7 TOX-22 a user is created: one UserCreated with email and username in a whole envelope', async () => {
    const { status, headers, body } = await api.command('/v1/users', ada, { 'x-correlation-id': 'process-1' });
    const userId = String(body['aggregateId']);
    expect([status, headers['location']]).toEqual([201, `/v1/users/${userId}`]);
    expect(await eventsOf(userId)).toEqual([
      {
        type: 'UserCreated',
        data: { userId, ...ada },
        eventId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        tenantId: 'acme',
        aggregateType: 'user',
        aggregateId: userId,
        sequenceNumber: 1,
        eventVersion: 1,
        occurredAt: body['timestamp'],
        correlationId: 'process-1',
        causationId: expect.any(String),
        userId: 'alice',
        sessionId: 's-1',
        traceparent: headers['traceparent'],
        metadata: {},
      },
    ]);
    expect(await api.metric('millrace_commands_total{command="CreateUser",outcome="accepted"}')).toBeGreaterThan(0);
  });

  test('TOX-24 a second creation conflicts: one stream of one event', async () => {
    expect((await create('u-twice')).status).toBe(201);
    expect(await create('u-twice', { email: 'other@example.com' })).toMatchObject({
      status: 409,
      body: { code: 'USER_ALREADY_EXISTS', version: 1 },
    });
    expect(await eventsOf('u-twice')).toHaveLength(1);
  });

  test('TOX-3 TOX-4 TOX-18 TOX-19 TOX-20 changes tell the old value and the new one', async () => {
    await create('u-changed');
    expect((await send('u-changed', 'change-email')).status).toBe(200);
    expect((await send('u-changed', 'change-name')).status).toBe(200);
    const userId = 'u-changed';
    expect((await eventsOf(userId)).slice(1)).toMatchObject([
      {
        type: 'UserEmailChanged',
        sequenceNumber: 2,
        data: { userId, oldEmail: 'ada@example.com', newEmail: 'countess@example.com' },
      },
      { type: 'UserNameChanged', sequenceNumber: 3, data: { userId, oldName: 'ada', newName: 'countess' } },
    ]);
    expect(await send(userId, 'change-email')).toMatchObject({ status: 422, body: { code: 'USER_UNCHANGED' } });
  });

  test('T-14 TOX-5 TOX-6 a user whose history has the legacy update is changed like any other', async () => {
    await create('u-legacy');
    const event = {
      type: 'UserUpdated',
      data: { userId: 'u-legacy', email: 'old@example.com', username: 'old' },
      eventId: randomUUID(),
      eventVersion: 1,
      occurredAt: '2026-01-02T03:04:05.678Z',
    };
    const stream = { tenantId: 'acme', aggregateType: 'user', aggregateId: 'u-legacy' };
    const causation = { correlationId: 'c', causationId: 'c', userId: 'u', sessionId: 'none', traceparent: 't' };
    await store.append({ stream, expectedVersion: 1, events: [event], causation });
    expect(await send('u-legacy', 'change-email')).toMatchObject({ status: 200, body: { version: 3 } });
    expect((await eventsOf('u-legacy')).at(-1)?.data).toMatchObject({ oldEmail: 'old@example.com' });
  });

  test('TOX-42 an import says what the old table said, and may be repeated under its key', async () => {
    const headers = { ...admin, 'idempotency-key': 'import-1' };
    const first = await send('u-imported', 'import', headers);
    const again = await send('u-imported', 'import', headers);
    expect([first.status, again.status]).toEqual([200, 200]);
    expect(again.headers['idempotency-replayed']).toBe('true');
    expect(await eventsOf('u-imported')).toMatchObject([
      { type: 'UserImported', data: { userId: 'u-imported', ...legacy } },
    ]);
  });

  test.each([
    ['', { username: 'ada' }, '/email'],
    ['', { ...ada, email: '' }, '/email'],
    ['', { ...ada, email: 'nobody' }, '/email'],
    ['', { ...ada, username: '' }, '/username'],
    ['', { ...ada, isActive: false }, '/isActive'],
    ['/u-1/change-email', { email: '' }, '/email'],
    ['/u-1/change-name', {}, '/username'],
    ['/u-1/import', { ...legacy, createdAt: '2019-05-06' }, '/createdAt'],
    ['/u-1/import', { ...legacy, createdAt: '2019-13-06T07:08:09.123Z' }, '/createdAt'],
    ['/u-1/import', { ...legacy, isActive: 'yes' }, '/isActive'],
  ])('TOX-23 what is no user command is answered 400 with the place of the fault: %s %j', async (path, body, place) => {
    const answer = await api.command(`/v1/users${path}`, body, admin);
    const errors = (answer.body['errors'] ?? []) as { pointer: string }[];
    expect([answer.status, [...new Set(errors.map(({ pointer }) => pointer))]]).toEqual([400, [place]]);
  });

  test('TOX-22 every user command goes over the bus and is counted by name', async () => {
    for (const name of Object.keys(userRoutes.verbs)) {
      expect(await api.metric(`millrace_commands_total{command="${name}",outcome="accepted"}`)).toBeGreaterThan(0);
    }
  });

  test('TOX-38 five at once: none is lost, and a client that names a version is told of the conflict', async () => {
    await create('u-busy');
    const names = Array.from({ length: 5 }, (_, index) => `name-${index}`);
    const change = (username: string, headers = {}) =>
      api.command('/v1/users/u-busy/change-name', { username }, headers);
    const free = await Promise.all(names.map((name) => change(name)));
    expect(free.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    expect(free.map(({ body }) => Number(body['version'])).sort()).toEqual([2, 3, 4, 5, 6]);
    expect(await change('late', { 'if-match': '"3"' })).toMatchObject({ status: 412, body: { version: 6 } });
  });
});
