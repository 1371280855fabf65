/** The one front door for changes: the only process that appends events. */
import { type CommandHandler, CommandQueue } from '@millrace/command-handling';
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

import { aggregateRoutes, registerCommands } from './aggregate-routes.ts';
import { aggregates } from './aggregates.ts';
import { CommandBus } from './command-bus.ts';
import { commandMetrics } from './command-metrics.ts';
import { CommandWorker } from './command-worker.ts';
import { WriteSide } from './write-side.ts';

const variables = [
  'DATABASE_URL',
  'DATABASE_POOL_SIZE',
  ...authVariables,
  'BODY_LIMIT_BYTES',
  'SNAPSHOT_INTERVAL_EVENTS',
  'SNAPSHOTS_KEPT',
  'COMMAND_ATTEMPTS',
  'AGGREGATE_CACHE_ENTRIES',
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
    const writeSide = new WriteSide({
      database,
      logger,
      handling: {
        snapshotIntervalEvents: config.SNAPSHOT_INTERVAL_EVENTS,
        snapshotsKept: config.SNAPSHOTS_KEPT,
        mostAttempts: config.COMMAND_ATTEMPTS,
        aggregatesCached: config.AGGREGATE_CACHE_ENTRIES,
        observer: commandMetrics(metrics, logger),
      },
    });
    const auth = createTokenVerifier(config);
    const bus = createBus(metrics, () => writeSide.handler());
    const queue = new CommandQueue(database);
    const worker = new CommandWorker({ queue, send: (sent) => bus.send(sent), logger, metrics });
    const accept: CommandQueue['accept'] = async (queued) => {
      const promised = await queue.accept(queued);
      worker.wake();
      return promised;
    };
    const bodyLimitBytes = config.BODY_LIMIT_BYTES;
    const server = createCommandApi({ writeSide, bus, queue: { accept }, auth, logger, metrics, bodyLimitBytes });
    writeSide
      .open()
      .then(() => worker.start())
      .catch(fail);
    const close = async () => {
      writeSide.close();
      await worker.close();
      await database.close();
    };
    return { server, close };
  },
};

export type CommandApiOptions = {
  readonly writeSide: Pick<WriteSide, 'check'>;
  readonly bus: CommandBus;
  readonly queue: Pick<CommandQueue, 'accept'>;
  readonly auth: TokenVerifier;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly bodyLimitBytes: number;
};

export function createCommandApi(options: CommandApiOptions): HttpServer {
  const { writeSide, bus, queue, ...server } = options;
  const health = [{ name: 'event-store', check: () => writeSide.check() }];
  const api = createHttpServer({ ...server, health });
  for (const aggregate of aggregates) {
    void api.register(aggregateRoutes, { prefix: `/v1/${aggregate.routes.plural}`, api: aggregate, bus, queue });
  }
  return api;
}

/** The bus with every command of every aggregate. */
export function createBus(metrics: Metrics, handler: () => CommandHandler): CommandBus {
  const bus = new CommandBus(metrics);
  for (const api of aggregates) registerCommands(bus, api, handler);
  return bus;
}
