import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createLogger } from '@millrace/telemetry';
import { createTestDatabase, type TestDatabase } from '@millrace/testing';

import { PeopleReadSide } from './people-read-side.fixture.ts';

let created: TestDatabase;
let readSide: PeopleReadSide;
const logged: { level: string }[] = [];

beforeAll(async () => {
  created = await createTestDatabase();
  const write = (line: string) => void logged.push(JSON.parse(line) as { level: string });
  readSide = new PeopleReadSide(created, { logger: createLogger({ service: 'spec', destination: { write } }) });
});
afterAll(async () => {
  await readSide.close();
  await created.drop();
});

const NOT_FOUND = { status: 404, body: { code: 'PERSON_NOT_FOUND' } };
const umbrella = { authorization: 'Bearer umbrella' };
const idsOf = async (url: string, headers = {}) => {
  const { items } = (await readSide.get(url, headers)).body as { items: { personId: string }[] };
  return items.map(({ personId }) => personId);
};

describe('GET /v1/persons/:personId', () => {
  test('CIM-14 CIM-15 CIM-28 exactly the view: optional members are left out while they are empty', async () => {
    await readSide.person({ personId: 'p-bare' });
    const { status, headers, body } = await readSide.get('/v1/persons/p-bare');
    expect([status, headers['etag']]).toEqual([200, '"1"']);
    expect(body).toEqual({
      personId: 'p-bare',
      displayName: 'Ada of p-bare',
      lastUpdated: '2026-01-02T03:04:05.000Z',
      version: 1,
    });
  });

  test('CIM-9 CIM-14 CIM-31 T-55 with email and organization, whose name is that of now', async () => {
    await readSide.organization('org-named', 'Acme');
    await readSide.person({ personId: 'p-full', email: 'ada@example.org', organizationId: 'org-named' });
    const organization = (name: string) => ({ organization: { organizationId: 'org-named', name } });
    expect((await readSide.get('/v1/persons/p-full')).body).toEqual({
      personId: 'p-full',
      displayName: 'Ada of p-full',
      email: 'ada@example.org',
      lastUpdated: '2026-01-02T03:04:06.000Z',
      version: 2,
      ...organization('Acme'),
    });
    await readSide.sql(`update read_model.organization_view set name = 'Apex' where organization_id = 'org-named'`);
    const renamed = await readSide.get('/v1/persons/p-full', { 'if-none-match': '"2"' });
    expect(renamed).toMatchObject({ status: 200, body: organization('Apex') });
  });

  test('T-55 T-50 an organization that is not known yet is shown by its id', async () => {
    await readSide.person({ personId: 'p-early', organizationId: 'org-later' });
    expect((await readSide.get('/v1/persons/p-early')).body['organization']).toEqual({ organizationId: 'org-later' });
  });

  test('CIM-13 T-53 an unknown person is 404: nothing failed, so no warning or error is logged and no fault counted', async () => {
    logged.length = 0;
    expect(await readSide.get('/v1/persons/p-unknown')).toMatchObject(NOT_FOUND);
    expect(logged.map(({ level }) => level).filter((level) => ['warn', 'error', 'fatal'].includes(level))).toEqual([]);
    const { body } = await readSide.server.inject({ url: '/metrics' });
    expect(body).not.toMatch(/status="5\d\d"/);
    expect(body).not.toMatch(/(error|fail)\w*_total\{[^}]*\} [1-9]/);
  });

  test('T-50 CIM-13 a person who is only known from an employment is not there yet', async () => {
    await readSide.person({ personId: 'p-hidden', organizationId: 'org-hidden', known: false });
    expect(await readSide.get('/v1/persons/p-hidden')).toMatchObject(NOT_FOUND);
    expect(await readSide.get('/v1/persons/p-hidden?minVersion=1&wait=0ms')).toMatchObject({ status: 504 });
    expect(await idsOf('/v1/persons?organizationId=org-hidden')).toEqual([]);
  });

  test('T-58 a person of another tenant is 404, also by version, time and history', async () => {
    await readSide.person({ personId: 'p-mine', email: 'mine@example.org', organizationId: 'org-mine' });
    for (const rest of ['', '?version=1', '?at=2027-01-01T00:00:00Z', '/history']) {
      expect(await readSide.get(`/v1/persons/p-mine${rest}`, umbrella)).toMatchObject(NOT_FOUND);
    }
    expect(await idsOf('/v1/persons?email=mine@example.org', umbrella)).toEqual([]);
    expect(await idsOf('/v1/persons?organizationId=org-mine', umbrella)).toEqual([]);
  });

  test('CIM-2 history tells the birth date by its calendar day, and the past shows the person by its own events', async () => {
    await readSide.person({ personId: 'p-past', birthDate: '1990-01-01', email: 'a@b.c', organizationId: 'org-past' });
    const { items } = (await readSide.get('/v1/persons/p-past/history')).body as { items: Record<string, unknown>[] };
    expect(items.map(({ type, version }) => [type, version])).toEqual([
      ['PersonCreated', 1],
      ['PersonEmailChanged', 2],
    ]);
    expect(items[0]?.['data']).toMatchObject({ birthDate: '1990-01-01' });
    expect((await readSide.get('/v1/persons/p-past?version=1')).body).toEqual({
      personId: 'p-past',
      displayName: 'Ada of p-past',
      lastUpdated: '2026-01-02T03:04:05.000Z',
      version: 1,
    });
  });

  test('readers of persons may, readers of something else may not', async () => {
    const statusFor = async (role: string) =>
      (await readSide.get('/v1/persons/p-bare', { authorization: `Bearer acme.${role}` })).status;
    expect([await statusFor('persons.reader'), await statusFor('orders.reader')]).toEqual([200, 403]);
  });
});

describe('GET /v1/persons', () => {
  test('CIM-16 emails need not be unique: both persons with one are listed', async () => {
    await readSide.person({ personId: 'p-twin-1', email: 'twins@example.org' });
    await readSide.person({ personId: 'p-twin-2', email: 'twins@example.org', organizationId: 'org-twin' });
    const { status, headers, body } = await readSide.get('/v1/persons?email=twins@example.org');
    expect([status, Number(headers['millrace-position']) > 0]).toEqual([200, true]);
    expect(body).toEqual({
      items: ['p-twin-2', 'p-twin-1'].map((personId) => ({
        personId,
        displayName: `Ada of ${personId}`,
        email: 'twins@example.org',
        lastUpdated: '2026-01-02T03:04:06.000Z',
        version: 2,
        ...(personId === 'p-twin-2' && { organization: { organizationId: 'org-twin' } }),
      })),
    });
    expect(await idsOf('/v1/persons?email=nobody@example.org')).toEqual([]);
  });

  test('CIM-17 three persons of one organization are three rows, page by page, newest first', async () => {
    for (const n of [1, 2, 3]) {
      const createdAt = `2026-02-0${n}T00:00:00.000Z`;
      await readSide.person({ personId: `p-colleague-${n}`, organizationId: 'org-three', createdAt });
    }
    expect(await idsOf('/v1/persons?organizationId=org-three')).toEqual([3, 2, 1].map((n) => `p-colleague-${n}`));
    const first = await readSide.get('/v1/persons?organizationId=org-three&limit=2');
    const next = encodeURIComponent(String(first.body['next']));
    expect(await idsOf(`/v1/persons?organizationId=org-three&limit=2&cursor=${next}`)).toEqual(['p-colleague-1']);
  });

  test('CIM-12 a query validates itself: what it does not understand is 400 and named', async () => {
    const bad: [string, string][] = [
      ['email=', 'email'],
      ['organizationId=..%2F', 'organizationId'],
      ['limit=0', 'limit'],
      ['name=Ada', 'name'],
    ];
    for (const [query, parameter] of bad) {
      expect(await readSide.get(`/v1/persons?${query}`)).toMatchObject({
        status: 400,
        body: { code: 'VALIDATION_FAILED', errors: [{ parameter }] },
      });
    }
  });
});

describe('CIM-12 queries have no side effects', () => {
  const SCHEMAS = `('event_store', 'outbox', 'read_model', 'consumer', 'command', 'saga')`;

  /** Of every table, how many rows it has and the newest transaction that wrote one. */
  async function written(): Promise<unknown> {
    const { rows: tables } = await readSide.sql(
      `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname in ${SCHEMAS} order by 1`,
    );
    const counts = tables.map(
      ({ name }) =>
        `select '${String(name)}' as name, count(*) as rows, max(xmin::text::bigint) as newest from ${String(name)}`,
    );
    return (await readSide.sql(counts.join(' union all '))).rows;
  }

  test('a thousand of them move no row of any schema', async () => {
    const urls = [
      '/v1/persons/p-full',
      '/v1/persons/p-unknown',
      '/v1/persons/p-full/history',
      '/v1/persons/p-full?version=1',
      '/v1/persons?email=twins@example.org',
      '/v1/persons?organizationId=org-three',
      '/v1/organizations/org-named',
      '/v1/organizations',
      '/v1/hirings?status=started',
      '/v1/persons?limit=0',
    ];
    const before = await written();
    expect((before as unknown[]).length).toBeGreaterThan(10);
    for (let round = 0; round < 100; round += 1) await Promise.all(urls.map((url) => readSide.get(url)));
    expect(await written()).toEqual(before);
  });

  test('their role may write to no table and to no sequence', async () => {
    const { rows } = await readSide.sql(
      `select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname in ${SCHEMAS} and case when c.relkind = 'S' then has_sequence_privilege('millrace_query', c.oid, 'usage, update')
          when c.relkind in ('r', 'p', 'v', 'm') then has_table_privilege('millrace_query', c.oid, 'insert, update, delete, truncate') end`,
    );
    expect(rows).toEqual([]);
  });
});

test('CIM-18 without rights on the stored events everything that is about now is answered, from the views alone', async () => {
  await readSide.sql('revoke usage on schema event_store from millrace_query');
  const now = [
    '/v1/persons/p-full',
    '/v1/persons?email=twins@example.org',
    '/v1/persons?organizationId=org-three',
    '/v1/organizations/org-named',
    '/v1/hirings',
  ];
  for (const url of now) expect([url, (await readSide.get(url)).status]).toEqual([url, 200]);
  for (const url of ['/v1/persons/p-full/history', '/v1/persons/p-full?version=1']) {
    expect(await readSide.get(url)).toMatchObject({ status: 503, body: { code: 'HISTORY_UNAVAILABLE' } });
  }
});
