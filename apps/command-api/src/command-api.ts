/** The one front door for changes: the only process that appends events. */
import {
  authVariables,
  createHttpServer,
  createTokenVerifier,
  type HttpServer,
  type ServiceDefinition,
  type TokenVerifier,
} from '@millrace/http';
import { openDatabase } from '@millrace/postgres';
import type { Logger, Metrics } from '@millrace/telemetry';

import { CommandBus } from './command-bus.ts';
import { commandMetrics } from './command-metrics.ts';
import { registerOrderCommands } from './orders/order-commands.ts';
import { orderRoutes } from './orders/order-routes.ts';
import { WriteSide } from './write-side.ts';

const variables = [
  'DATABASE_URL',
  'DATABASE_POOL_SIZE',
  ...authVariables,
  'BODY_LIMIT_BYTES',
  'SNAPSHOT_INTERVAL_EVENTS',
  'SNAPSHOTS_KEPT',
] as const;

const STATEMENT_TIMEOUT_MS = 10_000;

export const commandApi: ServiceDefinition<(typeof variables)[number]> = {
  name: 'command-api',
  variables,
  create: ({ config, logger, metrics, fail }) => {
    const database = openDatabase({
      url: config.DATABASE_URL,
      poolSize: config.DATABASE_POOL_SIZE,
      applicationName: 'command-api',
      statementTimeoutMs: STATEMENT_TIMEOUT_MS,
    });
    const { SNAPSHOT_INTERVAL_EVENTS: snapshotIntervalEvents, SNAPSHOTS_KEPT: snapshotsKept } = config;
    const writeSide = new WriteSide({
      database,
      logger,
      handling: { snapshotIntervalEvents, snapshotsKept, observer: commandMetrics(metrics, logger) },
    });
    const auth = createTokenVerifier(config);
    const server = createCommandApi({ writeSide, auth, logger, metrics, bodyLimitBytes: config.BODY_LIMIT_BYTES });
    writeSide.open().catch(fail);
    const close = async () => {
      writeSide.close();
      await database.close();
    };
    return { server, close };
  },
};

export type CommandApiOptions = {
  readonly writeSide: Pick<WriteSide, 'handler' | 'check'>;
  readonly auth: TokenVerifier;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly bodyLimitBytes: number;
};

export function createCommandApi({ writeSide, auth, logger, metrics, bodyLimitBytes }: CommandApiOptions): HttpServer {
  const health = [{ name: 'event-store', check: () => writeSide.check() }];
  const server = createHttpServer({ logger, metrics, auth, bodyLimitBytes, health });
  const bus = new CommandBus(metrics);
  registerOrderCommands(bus, () => writeSide.handler());
  void server.register(orderRoutes, { prefix: '/v1/orders', bus });
  return server;
}
