/** Answers questions from the read models, and from the stored events only what is about the past. Changes nothing. */
import type { Config } from '@millrace/config';
import {
  authVariables,
  createHttpServer,
  createTokenVerifier,
  type HealthCheck,
  type HttpServer,
  type ServiceDefinition,
  type TokenVerifier,
} from '@millrace/http';
import { type Database, openDatabase } from '@millrace/postgres';
import type { Logger, Metrics } from '@millrace/telemetry';

import { AnswerCache } from './answer-cache.ts';
import { commandStatusRoute, registerCommandStatusQuery } from './commands/command-status.ts';
import { entities, lists } from './entities.ts';
import { registerEntityQueries } from './entity/entity-queries.ts';
import { entityRoutes, type EntityRoutesOptions } from './entity/entity-routes.ts';
import { activityRoute, registerActivityQuery } from './events/activity-reads.ts';
import { registerListQuery } from './list/list-queries.ts';
import { listRoute } from './list/list-routes.ts';
import { QueryBus } from './query-bus.ts';
import type { ReadSide } from './read-side.ts';

const variables = [
  'DATABASE_URL',
  'DATABASE_REPLICA_URL',
  'DATABASE_POOL_SIZE',
  ...authVariables,
  'QUERY_CACHE_ENTRIES',
  'MAX_WAIT_MS',
] as const;

const STATEMENT_TIMEOUT_MS = 5_000;

export const queryApi: ServiceDefinition<(typeof variables)[number]> = {
  name: 'query-api',
  variables,
  create: ({ config, logger, metrics }) => {
    const databases = openDatabases(config);
    const auth = createTokenVerifier(config);
    const { QUERY_CACHE_ENTRIES: cacheEntries, MAX_WAIT_MS: maxWaitMs } = config;
    const server = createQueryApi({ ...databases, auth, logger, metrics, cacheEntries, maxWaitMs });
    return { server, close: () => closeDatabases(databases) };
  },
};

/** Where an answer comes from. */
export type QueryDatabases = {
  /** Read models and history: the replica where there is one. */
  readonly reads: Database;
  /** What must not lag: the outcome of a command. */
  readonly primary: Database;
};

/** Opens the primary, and the replica where the environment names one. */
export function openDatabases(
  config: Config<'DATABASE_URL' | 'DATABASE_REPLICA_URL' | 'DATABASE_POOL_SIZE'>,
): QueryDatabases {
  const open = (url: string) =>
    openDatabase({
      url,
      poolSize: config.DATABASE_POOL_SIZE,
      applicationName: 'query-api',
      statementTimeoutMs: STATEMENT_TIMEOUT_MS,
    });
  const primary = open(config.DATABASE_URL);
  return { primary, reads: config.DATABASE_REPLICA_URL === '' ? primary : open(config.DATABASE_REPLICA_URL) };
}

/** Closes each once. */
export async function closeDatabases({ reads, primary }: QueryDatabases): Promise<void> {
  await Promise.all([...new Set([reads, primary])].map((database) => database.close()));
}

export type QueryApiOptions = QueryDatabases & {
  readonly auth: TokenVerifier;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Most answers kept; 0 switches the cache off. */
  readonly cacheEntries: number;
  /** Longest time a read waits for a version. */
  readonly maxWaitMs: number;
};

export function createQueryApi(options: QueryApiOptions): HttpServer {
  const { reads, primary, auth, logger, metrics, cacheEntries, maxWaitMs } = options;
  const server = createHttpServer({ logger, metrics, auth, health: [readModels(reads)] });
  const bus = new QueryBus(metrics);
  const readSide: ReadSide = { database: reads, cache: new AnswerCache({ entries: cacheEntries, metrics }) };
  for (const entity of entities) registerEntityQueries(bus, readSide, entity);
  for (const list of lists) registerListQuery(bus, readSide, list);
  registerActivityQuery(bus, reads, metrics);
  registerCommandStatusQuery(bus, primary);
  void server.register(async (v1: HttpServer) => addRoutes(v1, { bus, maxWaitMs }), { prefix: '/v1' });
  return server;
}

function addRoutes(v1: HttpServer, options: EntityRoutesOptions): void {
  for (const entity of entities) entityRoutes(v1, entity, options);
  for (const list of lists) listRoute(v1, list, options.bus);
  activityRoute(v1, options.bus);
  commandStatusRoute(v1, options.bus);
}

/** Fails where Postgres is down, and where the tables are missing or out of reach of the role. */
function readModels(database: Database): HealthCheck {
  const projections = [
    ...entities.flatMap(({ current }) => current?.projection ?? []),
    ...lists.map(({ projection }) => projection),
  ];
  const tables = new Set(projections.map(({ table }) => table));
  const statement = [...tables].map((table) => `(select from read_model.${table} limit 0)`).join(' union all ');
  return { name: 'read-models', check: () => database.query(statement) };
}
