/** command-api as production runs it, in a process of its own, on a database of the bench. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { subjectOf } from '@millrace/avro';
import type { Environment } from '@millrace/config';
import { internalCatalogues } from '@millrace/contracts/topology';
import { dropSlot, ensureSlot } from '@millrace/relay';
import { homeAt, jwksFile, signDevelopmentToken } from '@millrace/stack';

import type { BenchDatabase, BenchPostgres } from '../harness/bench-postgres.ts';
import type { Held } from '../harness/held-arm.ts';
import { HttpConnection } from '../harness/http-connection.ts';
import type { Driver } from '../harness/load.ts';
import { type ServerProcess, startServer } from '../harness/node-process.ts';
import { checkStore, commandUrl, millraceTemplate, onDatabase } from './millrace-store.ts';
import { nthCommand } from './order-commands.ts';

const MAIN = join(import.meta.dirname, '../../../command-api/src/main.ts');
const READY_MS = 60_000;

/** Makes the template of a deployed store: command-api starts on nothing less. @returns its name */
export async function deployedTemplate(postgres: BenchPostgres): Promise<string> {
  const { name } = await postgres.keep('bench_deployed', await millraceTemplate(postgres), (url) =>
    onDatabase(url, async (owner) => {
      const subjects = internalCatalogues.flatMap(({ definitions }) =>
        definitions.flatMap(({ topic, schemas }) =>
          Object.entries(schemas).map(([version, schema]) => [subjectOf(topic, schema), Number(version)] as const),
        ),
      );
      for (const [index, [subject, version]] of subjects.entries())
        await owner.query('insert into outbox.schema_ids values ($1, $2, $3)', [subject, version, index + 1]);
    }),
  );
  return name;
}

/** Whom the requests come from: keys and a token that last as long as the bench. */
export type Caller = { readonly token: string; readonly jwks: string; forget(): Promise<void> };

/** @throws MillraceError in production, where tokens are nobody's to make */
export async function benchCaller(environment: Environment): Promise<Caller> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-bench-keys-'));
  const home = homeAt(folder);
  const claims = { tenant: 'acme', roles: ['writer'], subject: 'alice', hours: 24 };
  const token = await signDevelopmentToken(home, claims, environment);
  return { token, jwks: jwksFile(home), forget: () => rm(folder, { recursive: true, force: true }) };
}

/** How commands are sent. */
export type CommandLoad = {
  readonly caller: Caller;
  readonly environment: Environment;
  /** Keep-alive connections, each with one request under way. */
  readonly connections: number;
};

/** A command-api of its own on a fresh database, and commands to it. */
export async function heldCommandServer(database: BenchDatabase, load: CommandLoad): Promise<Held> {
  const server = await startCommandApi(database, load);
  const driver = await requestDriver(server, load);
  return {
    database,
    driver: {
      ...driver,
      close: () => driver.close().then(() => database.drop()),
      check: (done) => checkStore(database, done),
    },
  };
}

/** Resolves when it accepts commands. */
async function startCommandApi(
  database: BenchDatabase,
  { environment, caller }: Pick<CommandLoad, 'caller' | 'environment'>,
): Promise<ServerProcess> {
  // It starts only where the relay has its slot, and asks no more afterwards: there is one slot of that name, and several stores.
  await onDatabase(database.url, ensureSlot);
  const variables = { DATABASE_URL: commandUrl(database), AUTH_JWKS: caller.jwks, HOST: '127.0.0.1', PORT: '0' };
  try {
    const server = await startServer(MAIN, { ...environment, LOG_LEVEL: 'warn', ...variables });
    await isReady(server);
    return server;
  } finally {
    await onDatabase(database.url, dropSlot);
  }
}

/** Requests to a server that has been started; it is stopped when the driver is closed. */
export async function requestDriver(
  server: ServerProcess,
  { caller, connections }: Pick<CommandLoad, 'caller' | 'connections'>,
  nth: typeof nthCommand = nthCommand,
): Promise<Omit<Driver, 'check'>> {
  const headers = { authorization: `Bearer ${caller.token}` };
  const open = await Promise.all(Array.from({ length: connections }, () => HttpConnection.open(server.port, headers)));
  return {
    pid: server.pid,
    async operate(writer, index) {
      const { path, body, status } = nth(writer, index);
      const answer = await open[writer]?.post(path, body);
      if (answer?.status !== status) throw new Error(`${path} was answered ${answer?.status}: ${answer?.body}`);
    },
    async close() {
      for (const connection of open) connection.close();
      await server.stop();
    },
  };
}

async function isReady({ port }: ServerProcess): Promise<void> {
  const deadline = performance.now() + READY_MS;
  while ((await fetch(`http://127.0.0.1:${port}/readyz`)).status === 503)
    if (performance.now() > deadline) throw new Error('the server did not become ready');
}
