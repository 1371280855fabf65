import type { AddressInfo } from 'node:net';

import { type Config, type Environment, loadConfig, type VariableName } from '@millrace/config';
import { isMillraceError } from '@millrace/core';
import { createLogger, createMetrics, type Logger, type Metrics } from '@millrace/telemetry';

import type { HttpServer } from './http-server.ts';

const baseVariables = ['HOST', 'PORT', 'LOG_LEVEL'] as const satisfies readonly VariableName[];
const DRAIN_MS = 8_000;

/** What a service is made with. */
export type ServiceContext<Name extends VariableName> = {
  readonly config: Config<Name>;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Ends the process in an orderly way with exit code 1: for faults that only a restart or a person can mend. */
  readonly fail: (error: unknown) => void;
};

/** A service that has been made: listening is left to `runService`. */
export type Service = {
  readonly server: HttpServer;
  /** Stops background work and releases connections, after the last request has been answered. */
  close(): Promise<void>;
};

/** Which process this is, what it reads from the environment, and how it is made. */
export type ServiceDefinition<Name extends VariableName> = {
  readonly name: string;
  /** Beside `HOST`, `PORT` and `LOG_LEVEL`, which every service has. */
  readonly variables: readonly Name[];
  create(context: ServiceContext<Name>): Service | Promise<Service>;
};

/**
 * Life of a process: environment → create → listen → SIGTERM or SIGINT → answer what is under way (8 s at most) → close
 * → exit. Prints `listening` with the port as one JSON line. A failing start is one `fatal` line and exit code 1.
 */
export async function runService<Name extends VariableName>(
  definition: ServiceDefinition<Name>,
  environment: Environment,
): Promise<void> {
  let logger = createLogger({ service: definition.name });
  try {
    const base = loadConfig(environment, baseVariables);
    logger = createLogger({ service: definition.name, level: base.LOG_LEVEL });
    const config = loadConfig(environment, definition.variables);
    const stop = stopper(logger);
    const context = { config, logger, metrics: createMetrics(definition.name), fail: stop.fail };
    const service = await definition.create(context);
    stop.onStop(service);
    await service.server.listen({ host: base.HOST, port: base.PORT });
    const { port } = service.server.server.address() as AddressInfo;
    // Whoever started the process waits for this line, so no LOG_LEVEL hides it.
    logger.child({}, { level: 'info' }).info({ host: base.HOST, port, pid: process.pid }, 'listening');
  } catch (error) {
    reportFailure(logger, error);
    process.exit(1);
  }
}

/** Turns the first signal or fault into an orderly stop; later ones change nothing. */
function stopper(logger: Logger) {
  let service: Service | undefined;
  let stopping = false;
  const stop = (exitCode: number) => {
    if (stopping) return;
    stopping = true;
    void shutDown(service, logger).then(() => process.exit(exitCode));
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      logger.info({ signal }, 'stopping');
      stop(0);
    });
  }
  const fail = (error: unknown) => {
    reportFailure(logger, error);
    stop(1);
  };
  return { fail, onStop: (made: Service) => void (service = made) };
}

async function shutDown(service: Service | undefined, logger: Logger): Promise<void> {
  if (!service) return;
  const { server } = service;
  const cutOff = setTimeout(() => server.server.closeAllConnections(), DRAIN_MS);
  try {
    await server.close();
    await service.close();
    logger.info('stopped');
  } catch (error) {
    logger.error({ err: error }, 'stopped with an error');
  } finally {
    clearTimeout(cutOff);
  }
}

function reportFailure(logger: Logger, error: unknown): void {
  const code = isMillraceError(error) ? error.code : 'UNEXPECTED';
  logger.fatal({ err: error, code }, error instanceof Error ? error.message : String(error));
}
