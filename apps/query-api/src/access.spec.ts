import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { MillraceError } from '@millrace/core';
import type { TokenVerifier } from '@millrace/http';
import type { Database } from '@millrace/postgres';
import { createLogger, createMetrics } from '@millrace/telemetry';

import { entities, lists } from './entities.ts';
import { createQueryApi } from './query-api.ts';

/** A token is a role. */
const auth: TokenVerifier = async (role) => ({ tenantId: 'acme', userId: 'alice', sessionId: 'none', roles: [role] });
/** Who is let in finds nothing: 503. */
const gone = () => Promise.reject(new MillraceError('STORE_UNAVAILABLE', 'no database here'));
const database: Database = { query: gone, transaction: gone, close: async () => undefined };

const server = createQueryApi({
  reads: database,
  primary: database,
  auth,
  logger: createLogger({ service: 'spec', level: 'fatal' }),
  metrics: createMetrics('spec'),
  cacheEntries: 0,
  maxWaitMs: 0,
});
const routes: string[] = [];
beforeAll(async () => {
  server.addHook('onRoute', ({ method, url }) => void (method === 'GET' && routes.push(url)));
  await server.ready();
});
afterAll(() => server.close());

const everywhere = ['admin', 'writer', 'reader'];
const plurals = entities.map(({ resource }) => resource.plural);
const byDomain = (plural: string) => [`${plural}.writer`, `${plural}.reader`];
const readersOf = (plural: string) => [...everywhere, ...byDomain(plural)];

/** Routes that the readers of their domain alone do not describe. */
const special: Readonly<Record<string, readonly string[]>> = {
  '/v1/tenants': ['operator'],
  '/v1/tenants/:tenantId': [...readersOf('tenants'), 'operator'],
  '/v1/tenants/:tenantId/history': [...readersOf('tenants'), 'operator', 'auditor'],
  '/v1/events': [...everywhere, 'auditor'],
  '/v1/activity': [...everywhere, 'auditor'],
  '/v1/commands/:commandId': [...everywhere, 'process', ...plurals.flatMap(byDomain)],
};

const allowed = new Map<string, readonly string[]>([
  ...entities.flatMap(({ resource: { plural, idField }, current }): [string, readonly string[]][] => [
    ...(current ? [[`/v1/${plural}/:${idField}`, readersOf(plural)] as [string, readonly string[]]] : []),
    [`/v1/${plural}/:${idField}/history`, [...readersOf(plural), 'auditor']],
  ]),
  ...lists.map(({ path, plural }) => [`/v1${path}`, readersOf(plural)] as const),
  ...Object.entries(special),
]);

const roles = [...everywhere, 'auditor', 'operator', 'process', 'stranger', ...plurals.flatMap(byDomain)];

describe('ACC-41 ACC-40 JOB-47 every route that reads × every role', () => {
  test('no route is left out', () => {
    expect(routes.toSorted()).toEqual([...allowed.keys()].toSorted());
  });

  test.each([...allowed])('%s', async (route, expected) => {
    const url = route.replace(':commandId', '0198c0de-0000-7000-8000-000000000001').replace(/:\w+/, 'acme');
    const admitted: string[] = [];
    for (const role of roles) {
      const { statusCode } = await server.inject({ url, headers: { authorization: `Bearer ${role}` } });
      expect([role, statusCode]).toEqual([role, statusCode === 403 ? 403 : 503]);
      if (statusCode !== 403) admitted.push(role);
    }
    expect(admitted.toSorted()).toEqual([...expected].toSorted());
    expect((await server.inject({ url })).statusCode).toBe(401);
  });
});
