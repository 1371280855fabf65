import { describe, expect, test } from '@jest/globals';
import { personRoutes } from '@millrace/contracts/persons';
import { Ajv } from 'ajv';
import formats from 'ajv-formats';

import { acknowledgmentSchema } from '../acknowledgment.ts';
import { inMemory } from '../command-api.fixture.ts';

const { api, memory, store } = inMemory();

const ajv = new Ajv({ allErrors: true });
formats.default(ajv);
const isAcknowledgment = ajv.compile(acknowledgmentSchema);

const legalName = { givenName: 'Ada', familyName: 'Byron' };
const eventsOf = (aggregateId: string) => store.load({ tenantId: 'acme', aggregateType: 'person', aggregateId });
const create = (personId: string, more: object = {}) => api.command('/v1/persons', { personId, legalName, ...more });

describe('commands of a person', () => {
  test('CIM-2 with and without a birth date, and with an id of its own or one that is made', async () => {
    expect((await create('p-born', { birthDate: '1815-12-10' })).status).toBe(201);
    expect((await create('p-unborn')).status).toBe(201);
    const made = await api.command('/v1/persons', { legalName });
    expect(made.headers['location']).toBe(`/v1/persons/${String(made.body['aggregateId'])}`);
    const name = { ...legalName, middleName: null };
    expect(await eventsOf('p-born')).toMatchObject([
      { type: 'PersonCreated', data: { personId: 'p-born', legalName: name, birthDate: '1815-12-10' } },
    ]);
    expect((await eventsOf('p-unborn'))[0]?.data).toEqual({ personId: 'p-unborn', legalName: name, birthDate: null });
  });

  test('CIM-6 CIM-7 CIM-8 each task is acknowledged in one form, which holds nothing of the person', async () => {
    const answers = [
      await create('p-life'),
      await api.command('/v1/persons/p-life/change-email', { email: 'ada@example.org' }),
      await api.command('/v1/persons/p-life/change-legal-name', {
        legalName: { ...legalName, familyName: 'Lovelace' },
      }),
      await api.command('/v1/persons/p-life/correct-birth-date', { birthDate: '1815-12-10' }),
    ];
    for (const [index, { body }] of answers.entries()) {
      expect([isAcknowledgment(body), isAcknowledgment.errors]).toEqual([true, null]);
      expect(body).toMatchObject({ status: 'accepted', aggregateId: 'p-life', version: index + 1 });
      expect(Object.keys(body).sort()).toEqual(['aggregateId', 'correlationId', 'status', 'timestamp', 'version']);
    }
    const [, mailed] = await eventsOf('p-life');
    expect(mailed).toMatchObject({
      type: 'PersonEmailChanged',
      data: { personId: 'p-life', email: 'ada@example.org' },
      occurredAt: answers[1]?.body['timestamp'],
    });
  });

  test('CIM-7 a refusal says why', async () => {
    await create('p-refused');
    await api.command('/v1/persons/p-refused/change-email', { email: 'ada@example.org' });
    expect(await api.command('/v1/persons/p-refused/change-email', { email: 'ada@example.org' })).toMatchObject({
      status: 422,
      body: {
        acknowledgment: 'rejected',
        code: 'PERSON_UNCHANGED',
        detail: 'The person has this email address already.',
        version: 2,
      },
    });
  });

  test('CIM-16 emails need not be unique: two persons take the same', async () => {
    for (const id of ['p-twin-1', 'p-twin-2']) {
      await create(id);
      expect((await api.command(`/v1/persons/${id}/change-email`, { email: 'twins@example.org' })).status).toBe(200);
    }
  });

  test('CIM-23 the session of the token is kept with correlation, causation and user', async () => {
    await api.command(
      '/v1/persons',
      { personId: 'p-who', legalName },
      { 'x-correlation-id': 'process-1', 'x-causation-id': 'event-9' },
    );
    await create('p-alone');
    expect(await eventsOf('p-who')).toMatchObject([
      { correlationId: 'process-1', causationId: 'event-9', userId: 'alice', sessionId: 's-1' },
    ]);
    expect((await eventsOf('p-alone'))[0]?.causationId).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('CIM-11 every command is a task with a name; there is no way to update a person at large', async () => {
    expect(Object.values(personRoutes.verbs).sort()).toEqual([
      'change-email',
      'change-legal-name',
      'correct-birth-date',
      'create',
    ]);
    await create('p-task');
    for (const verb of ['update', 'patch', 'set', 'edit']) {
      expect((await api.command(`/v1/persons/p-task/${verb}`, {})).body).toMatchObject({ code: 'UNKNOWN_COMMAND' });
    }
    expect((await api.send({ url: '/v1/persons/p-task', method: 'PUT' })).status).toBe(404);
    expect((await api.send({ url: '/v1/persons/p-task/change-email', method: 'PUT' })).status).toBe(405);
  });
});

describe('a malformed command is 400, names the field and stores nothing', () => {
  const named = (change: object) => ({ legalName: { ...legalName, ...change } });
  const bad: [string, object, string][] = [
    ['no name', {}, '/legalName'],
    ['name is text', { legalName: 'Ada Byron' }, '/legalName'],
    ['no family name', { legalName: { givenName: 'Ada' } }, '/legalName/familyName'],
    ['empty given name', named({ givenName: '' }), '/legalName/givenName'],
    ['blank family name', named({ familyName: '  ' }), '/legalName/familyName'],
    ['untrimmed', named({ familyName: 'Byron ' }), '/legalName/familyName'],
    ['control character', named({ givenName: 'A\u0007da' }), '/legalName/givenName'],
    ['two lines', named({ givenName: 'A\nda' }), '/legalName/givenName'],
    ['no letter', named({ givenName: '1234' }), '/legalName/givenName'],
    ['too long', named({ givenName: 'x'.repeat(101) }), '/legalName/givenName'],
    ['empty middle name', named({ middleName: '' }), '/legalName/middleName'],
    ['unknown part', named({ nickName: 'Ada' }), '/legalName/nickName'],
    ['no such day', { legalName, birthDate: '1815-02-29' }, '/birthDate'],
    ['a time', { legalName, birthDate: '1815-12-10T00:00:00Z' }, '/birthDate'],
    ['a number', { legalName, birthDate: 1815 }, '/birthDate'],
  ];

  test.each(bad)('CIM-3 CIM-5 %s', async (_case, payload, pointer) => {
    const before = memory.log.length;
    const { status, body } = await api.command('/v1/persons', payload);
    expect([status, body['code']]).toEqual([400, 'VALIDATION_FAILED']);
    expect((body['errors'] as { pointer: string }[]).map((fault) => fault.pointer)).toContain(pointer);
    expect(memory.log.length).toBe(before);
  });

  test.each(['', 'nowhere', 'a b@example.org', '@example.org', `${'a'.repeat(251)}@b.c`])(
    'CIM-8 %j is no email address',
    async (email) => {
      expect(await api.command('/v1/persons/p-1/change-email', { email })).toMatchObject({
        status: 400,
        body: { errors: [{ pointer: '/email' }] },
      });
    },
  );

  test.each(['2999-01-01', '1799-12-31'])(
    'CIM-2 CIM-44 born on %s is a day, so the rule refuses it: 422',
    async (birthDate) => {
      expect(await create('p-never', { birthDate })).toMatchObject({
        status: 422,
        body: { code: 'PERSON_BIRTH_DATE_REFUSED', acknowledgment: 'rejected' },
      });
    },
  );

  test('CIM-3 the limits of a name are those of the domain, to the character', async () => {
    for (const givenName of ['𝒳'.repeat(100), 'O’Neill-𝒳', '李', "Jean-Luc d'Arc 2nd"]) {
      expect((await api.command('/v1/persons', named({ givenName, middleName: null }))).status).toBe(201);
    }
  });
});

test('CIM-44 a refusal of every kind is an answer, never a fault of the server', async () => {
  await create('p-kinds');
  const answers = [
    await create('p-kinds'),
    await api.command('/v1/persons/p-nobody/change-email', { email: 'a@b.c' }),
    await api.command('/v1/persons/p-kinds/change-legal-name', { legalName }),
    await api.command('/v1/persons/p-kinds/correct-birth-date', { birthDate: '2999-01-01' }),
    await api.command('/v1/persons/p-kinds/change-email', { email: 'a@b.c' }, { 'if-match': '"9"' }),
    await api.command('/v1/persons/p-kinds/teleport', {}),
  ];
  expect(answers.map(({ status, body }) => `${status} ${String(body['code'])}`)).toEqual([
    '409 PERSON_ALREADY_EXISTS',
    '404 PERSON_NOT_FOUND',
    '422 PERSON_UNCHANGED',
    '422 PERSON_BIRTH_DATE_REFUSED',
    '412 PRECONDITION_FAILED',
    '404 UNKNOWN_COMMAND',
  ]);
});
