/** Answers questions from the read models, and from the stored events only what is about the past. Changes nothing. */
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
import { registerOrderQueries } from './orders/order-queries.ts';
import { orderRoutes } from './orders/order-routes.ts';
import { QueryBus } from './query-bus.ts';

const variables = [
  'DATABASE_URL',
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
    const database = openDatabase({
      url: config.DATABASE_URL,
      poolSize: config.DATABASE_POOL_SIZE,
      applicationName: 'query-api',
      statementTimeoutMs: STATEMENT_TIMEOUT_MS,
    });
    const auth = createTokenVerifier(config);
    const { QUERY_CACHE_ENTRIES: cacheEntries, MAX_WAIT_MS: maxWaitMs } = config;
    const server = createQueryApi({ database, auth, logger, metrics, cacheEntries, maxWaitMs });
    return { server, close: () => database.close() };
  },
};

export type QueryApiOptions = {
  readonly database: Database;
  readonly auth: TokenVerifier;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Most answers kept; 0 switches the cache off. */
  readonly cacheEntries: number;
  /** Longest time a read waits for a version. */
  readonly maxWaitMs: number;
};

export function createQueryApi({
  database,
  auth,
  logger,
  metrics,
  cacheEntries,
  maxWaitMs,
}: QueryApiOptions): HttpServer {
  const server = createHttpServer({ logger, metrics, auth, health: [readModels(database)] });
  const bus = new QueryBus();
  registerOrderQueries(bus, { database, cache: new AnswerCache({ entries: cacheEntries, metrics }) });
  void server.register(orderRoutes, { prefix: '/v1', bus, maxWaitMs });
  return server;
}

/** Fails where Postgres is down, and where the tables are missing or out of reach of the role. */
function readModels(database: Database): HealthCheck {
  const tables = ['order_read_model', 'orders_by_customer', 'orders_by_status'];
  const statement = tables.map((table) => `(select from read_model.${table} limit 0)`).join(' union all ');
  return { name: 'read-models', check: () => database.query(statement) };
}
