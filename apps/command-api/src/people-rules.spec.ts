import { describe, expect, test } from '@jest/globals';

import { type Answered, inMemory } from './command-api.fixture.ts';

const { api, memory } = inMemory();

/** Role `process` may send every command of these aggregates. */
const asProcess = { authorization: 'Bearer acme.process' };
const legalName = { givenName: 'Ada', familyName: 'Byron' };
const reason = 'changed our mind';
const parties = { personId: 'p-1', organizationId: 'org-1' };

/** One aggregate type: what its commands send, how each state is reached, and what each command does in each. */
type Rules = {
  readonly plural: string;
  readonly prefix: string;
  readonly bodies: Readonly<Record<string, object>>;
  readonly ways: Readonly<Record<string, readonly string[]>>;
  /** Per state, for each command in the order of `bodies`. */
  readonly outcomes: Readonly<Record<string, readonly string[]>>;
};

const EXISTS = '409 ALREADY_EXISTS';
const MISSING = '404 NOT_FOUND';
const SAME = '422 UNCHANGED';
const REFUSED = '422 TRANSITION_REFUSED';

const rules: readonly Rules[] = [
  {
    plural: 'persons',
    prefix: 'PERSON',
    bodies: {
      create: { legalName },
      'change-email': { email: 'ada@example.org' },
      'change-legal-name': { legalName: { ...legalName, middleName: 'King' } },
      'correct-birth-date': { birthDate: '1815-12-10' },
    },
    ways: {
      absent: [],
      known: ['create'],
      changed: ['create', 'change-email', 'change-legal-name', 'correct-birth-date'],
    },
    outcomes: {
      absent: ['201', MISSING, MISSING, MISSING],
      known: [EXISTS, '200', '200', '200'],
      changed: [EXISTS, SAME, SAME, SAME],
    },
  },
  {
    plural: 'organizations',
    prefix: 'ORGANIZATION',
    bodies: { create: { name: 'Acme' }, rename: { name: 'Apex' } },
    ways: { absent: [], known: ['create'], renamed: ['create', 'rename'] },
    outcomes: { absent: ['201', MISSING], known: [EXISTS, '200'], renamed: [EXISTS, SAME] },
  },
  {
    plural: 'employments',
    prefix: 'EMPLOYMENT',
    bodies: { create: parties, end: { reason } },
    ways: { absent: [], created: ['create'], ended: ['create', 'end'] },
    outcomes: { absent: ['201', MISSING], created: [EXISTS, '200'], ended: [EXISTS, REFUSED] },
  },
  {
    plural: 'hirings',
    prefix: 'HIRING',
    bodies: { create: parties, complete: { employmentId: 'e-1' }, fail: { reason }, cancel: { reason } },
    ways: {
      absent: [],
      started: ['create'],
      completed: ['create', 'complete'],
      failed: ['create', 'fail'],
      cancelled: ['create', 'cancel'],
    },
    outcomes: {
      absent: ['201', MISSING, MISSING, MISSING],
      started: [EXISTS, '200', '200', '200'],
      completed: [EXISTS, REFUSED, REFUSED, REFUSED],
      failed: [EXISTS, REFUSED, REFUSED, REFUSED],
      cancelled: [EXISTS, REFUSED, REFUSED, REFUSED],
    },
  },
];

const idFields: Readonly<Record<string, string>> = {
  persons: 'personId',
  organizations: 'organizationId',
  employments: 'employmentId',
  hirings: 'hiringId',
};

const cells = rules.flatMap((of) =>
  Object.entries(of.outcomes).flatMap(([state, outcomes]) =>
    Object.keys(of.bodies).map((verb, index) => ({
      of,
      plural: of.plural,
      state,
      verb,
      expected: outcomes[index] ?? '',
    })),
  ),
);

function send({ plural, bodies }: Rules, id: string, verb: string): Promise<Answered> {
  const creation = { [idFields[plural] ?? '']: id, ...bodies[verb] };
  return verb === 'create'
    ? api.command(`/v1/${plural}`, creation, asProcess)
    : api.command(`/v1/${plural}/${id}/${verb}`, bodies[verb], asProcess);
}

describe('CIM-7 CIM-11 CIM-44 ORD-76 every state × every command', () => {
  test.each(cells)('$plural, $state: $verb is $expected', async ({ of, state, verb, expected }) => {
    const id = `${of.plural}-${state}-${verb}`;
    const way = of.ways[state] ?? [];
    for (const step of way) expect((await send(of, id, step)).status).toBeLessThan(300);
    const before = memory.log.length;
    const { status, headers, body } = await send(of, id, verb);
    const code = String(body['code']).replace(`${of.prefix}_`, '');
    expect(status < 300 ? String(status) : `${status} ${code}`).toBe(expected);
    expect(memory.log.length).toBe(before + (status < 300 ? 1 : 0));
    if (status < 300) expect(body).toMatchObject({ status: 'accepted', aggregateId: id, version: way.length + 1 });
    else {
      expect(headers['content-type']).toMatch(/^application\/problem\+json/);
      expect(body).toMatchObject({
        acknowledgment: 'rejected',
        aggregateId: id,
        version: way.length,
        detail: expect.stringMatching(/\.$/),
      });
    }
  });
});
