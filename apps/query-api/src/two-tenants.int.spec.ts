/** Every route that reads, asked by one tenant about another. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createLogger } from '@millrace/telemetry';
import { createTestDatabase, type TestDatabase } from '@millrace/testing';

import { entities, lists } from './entities.ts';
import { type Answered, ReadSideFixture } from './read-side.fixture.ts';
import { commandOf, listFilters, live, livedTypes, ownId, SHARED } from './two-tenants.fixture.ts';

const VICTIM = 'acme';
const INTRUDER = 'umbrella';
const asIntruder = { authorization: `Bearer ${INTRUDER}.admin` };
const asVictim = { authorization: `Bearer ${VICTIM}.admin` };

const encoded = encodeURIComponent;
const past = ['?version=1', `?at=${encoded('2999-01-01T00:00:00Z')}`];
const byId = ['', '?minVersion=1&wait=0ms', ...past];

type IdRoute = { url: (id: string) => string; own: (tenant: string) => string; queries: readonly string[] };

/** Routes with an id in the path: the same requests are made about one's own, the other's and nobody's. */
const idRoutes: Readonly<Record<string, IdRoute>> = Object.fromEntries([
  ...entities.flatMap(({ resource: { aggregateType, plural, idField }, current }): [string, IdRoute][] => {
    const own = aggregateType === 'tenant' ? (tenant: string) => tenant : ownId;
    const url = (id: string) => `/v1/${plural}/${id}`;
    const history: IdRoute = { url: (id) => `${url(id)}/history`, own, queries: ['', '?limit=1'] };
    return [
      ...(current ? [[`/v1/${plural}/:${idField}`, { url, own, queries: byId }] satisfies [string, IdRoute]] : []),
      [`/v1/${plural}/:${idField}/history`, history],
    ];
  }),
  ['/v1/commands/:commandId', { url: (id: string) => `/v1/commands/${id}`, own: commandOf, queries: [''] }] as const,
]);

/** Lists with filters that find rows of both tenants. */
const listRoutes = Object.fromEntries(
  lists.filter(({ path }) => path !== '/tenants').map(({ name, path }) => [`/v1${path}`, listFilters[name] ?? []]),
);

/** Routes that need a word of their own. */
const special = ['/v1/tenants', '/v1/activity'];

let created: TestDatabase;
let readSide: ReadSideFixture;
const routes: string[] = [];
const lines: string[] = [];

beforeAll(async () => {
  created = await createTestDatabase();
  const destination = { write: (line: string) => void lines.push(line) };
  readSide = new ReadSideFixture(created, { logger: createLogger({ service: 'spec', destination }) });
  readSide.server.addHook('onRoute', ({ method, url }) => void (method === 'GET' && routes.push(url)));
  await live(readSide, VICTIM, INTRUDER);
});
afterAll(async () => {
  await readSide.close();
  await created.drop();
});

/** What a client learns from an answer, whatever id it asked for. */
function learned({ status, headers, body }: Answered, id: string): unknown {
  const { traceId: _trace, correlationId: _correlation, instance: _instance, ...rest } = body;
  return [status, headers['etag'], headers['millrace-position'], JSON.stringify(rest).replaceAll(id, 'ID')];
}

const textOf = ({ body }: Answered) => JSON.stringify(body);

describe('ACC-41 ACC-44 JOB-47 T-58 two tenants', () => {
  test('every route that reads is in this file, and every aggregate has something to hide', async () => {
    await readSide.server.ready();
    expect(routes.toSorted()).toEqual([...Object.keys(idRoutes), ...Object.keys(listRoutes), ...special].toSorted());
    expect(livedTypes.toSorted()).toEqual(entities.map(({ resource }) => resource.aggregateType).toSorted());
    expect(Object.keys(listFilters).toSorted()).toEqual(lists.map(({ name }) => name).toSorted());
  });

  test.each(Object.entries(idRoutes))('%s: the other’s id is like one that nobody has', async (_route, route) => {
    const [theirs, nobodys] = [route.own(VICTIM), route.own('nobody')];
    for (const query of route.queries) {
      const shown = await readSide.get(`${route.url(theirs)}${query}`, asVictim);
      expect([query, shown.status, textOf(shown)]).toEqual([query, 200, expect.stringContaining(VICTIM)]);
      const stolen = await readSide.get(`${route.url(theirs)}${query}`, asIntruder);
      const guessed = await readSide.get(`${route.url(nobodys)}${query}`, asIntruder);
      expect([query, learned(stolen, theirs)]).toEqual([query, learned(guessed, nobodys)]);
      // What is not there is waited for.
      expect([404, query.startsWith('?minVersion') ? 504 : 404]).toContain(stolen.status);
    }
  });

  test.each(Object.entries(idRoutes))(
    '%s: guessing the other’s id leaves an audit line',
    async (route, { url, own }) => {
      lines.length = 0;
      await readSide.get(url(own(VICTIM)), asIntruder);
      const audit = lines.map((line) => JSON.parse(line) as Record<string, unknown>).filter((line) => 'audit' in line);
      expect(audit).toMatchObject([{ audit: 'not-found', tenantId: INTRUDER, userId: 'alice', route }]);
    },
  );

  const sharing = Object.entries(idRoutes).filter(([route]) => !/^\/v1\/(tenants|commands)\//.test(route));
  test.each(sharing)('%s: under the same id each sees their own, also from the cache', async (_route, route) => {
    const turns = [asVictim, asIntruder, asVictim, asIntruder];
    for (const query of route.queries) {
      for (const headers of turns) {
        const [mine, others] = headers === asVictim ? [VICTIM, INTRUDER] : [INTRUDER, VICTIM];
        const answer = await readSide.get(`${route.url(SHARED)}${query}`, headers);
        expect([query, answer.status, textOf(answer)]).toEqual([query, 200, expect.stringContaining(mine)]);
        expect([query, textOf(answer)]).toEqual([query, expect.not.stringContaining(others)]);
      }
    }
  });

  const pathOf = (route: string) => route.replace(':customerId', 'c-1');
  test.each(Object.entries(listRoutes))(
    '%s: each sees their own, under every filter, also from the cache',
    async (route, queries) => {
      for (const query of queries) {
        for (const headers of [asVictim, asIntruder, asVictim, asIntruder]) {
          const [mine, others] = headers === asVictim ? [VICTIM, INTRUDER] : [INTRUDER, VICTIM];
          const answer = await readSide.get(`${pathOf(route)}${query}`, headers);
          expect([query, answer.status, textOf(answer)]).toEqual([query, 200, expect.stringContaining(mine)]);
          expect([query, textOf(answer)]).toEqual([query, expect.not.stringContaining(others)]);
          const { items, total } = answer.body as { items: unknown[]; total?: number };
          expect(total ?? items.length).toBe(items.length);
        }
      }
    },
  );

  const histories = sharing
    .filter(([route]) => route.endsWith('/history'))
    .map(([route, { url }]) => [route, url(SHARED)]);
  const paged = [...histories, ...Object.keys(listRoutes).map((route) => [route, pathOf(route)])];
  test.each(paged)('T-70 %s: a cursor of one tenant is refused for the other', async (_route, path = '') => {
    const { next } = (await readSide.get(`${path}?limit=1`, asVictim)).body as { next?: string };
    expect(next).toBeDefined();
    expect((await readSide.get(`${path}?limit=1&cursor=${next}`, asVictim)).status).toBe(200);
    expect(await readSide.get(`${path}?limit=1&cursor=${next}`, asIntruder)).toMatchObject({
      status: 400,
      body: { code: 'VALIDATION_FAILED', errors: [{ parameter: 'cursor' }] },
    });
  });

  test.each(['/v1/jobs', '/v1/pipelines'])('%s: the total counts the own rows alone', async (url) => {
    expect((await readSide.get(`${url}?total=true`, asIntruder)).body).toMatchObject({ total: 2 });
  });

  test('activity counts the own events alone', async () => {
    const ofVictim = await readSide.get('/v1/activity', asVictim);
    expect(ofVictim.body['items']).toContainEqual(expect.objectContaining({ type: 'JobStarted', count: 2 }));
    await readSide.sql(`delete from read_model.event_log where tenant_id = '${INTRUDER}'`);
    await readSide.sql('refresh materialized view read_model.activity');
    expect((await readSide.get('/v1/activity', asIntruder)).body['items']).toEqual([]);
  });

  test('the list of tenants is for operators', async () => {
    expect((await readSide.get('/v1/tenants', asIntruder)).status).toBe(403);
  });

  const all = [
    ...Object.values(idRoutes).map(({ url, own }) => url(own(VICTIM))),
    ...Object.keys(listRoutes).map(pathOf),
    ...special,
  ];
  test.each(all)('%s: no header makes one tenant another', async (url) => {
    const answer = await readSide.get(url, { ...asIntruder, 'millrace-tenant': VICTIM });
    expect([answer.status, answer.body['code']]).toEqual([403, 'FORBIDDEN']);
  });

  const ofOthers = all.filter((url) => !url.startsWith('/v1/tenants'));
  test.each(ofOthers)('%s: an operator of tenants reads nothing of what they hold', async (url) => {
    expect((await readSide.get(url, { authorization: `Bearer ${INTRUDER}.operator` })).status).toBe(403);
  });
});
