import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

import { type Database, openDatabase } from '@millrace/postgres';
import {
  type EmbeddedStack,
  type EmbeddedStackOptions,
  homeAt,
  signDevelopmentToken,
  startEmbeddedStack,
} from '@millrace/stack';

import { ApiClient } from './api-client.ts';

/** The command line, for whoever must run it as a process of its own. */
export const cliPath = path.resolve(import.meta.dirname, '../../../../apps/cli/src/main.ts');
const TOKEN_HOURS = 12;

/** A whole stack on data of its own, and a look at its database as the owner. */
export type TestStack = EmbeddedStack & {
  readonly home: string;
  readonly database: Database;
  /** Stops everything and leaves the data; `stop` removes it too. */
  end(): Promise<void>;
  /** A client of the gateway with a token of the tenant. Default role: admin. */
  client(tenant: string, roles?: readonly string[]): Promise<ApiClient>;
  /** Deploys once more, as an operator does who has lost topics. @throws Error with both outputs */
  deploy(): Promise<void>;
};

/** What a test stack may be started with, besides what every one has. */
export type TestStackOptions = Partial<Omit<EmbeddedStackOptions, 'port' | 'deploy'>>;

/** Starts a stack on free ports, with every app unless told otherwise. Ended by `stop`, which removes its data too. */
export async function startTestStack(options: TestStackOptions = {}): Promise<TestStack> {
  const home = options.home ?? (await mkdtemp(path.join(tmpdir(), 'millrace-e2e-')));
  const stack = await startEmbeddedStack({ apps: 'all', environment: process.env, ...options, home, port: 0, deploy });
  const database = openDatabase({ url: stack.env.DATABASE_URL, poolSize: 4, applicationName: 'test' });
  const end = async () => {
    await database.close();
    await stack.stop();
  };
  return {
    ...stack,
    home,
    database,
    client: async (tenant, roles = ['admin']) => {
      const claims = { tenant, roles, subject: 'alice', hours: TOKEN_HOURS };
      return new ApiClient(stack.env.MILLRACE_URL, await signDevelopmentToken(homeAt(home), claims, process.env));
    },
    deploy: () => deploy(stack.environment),
    end,
    stop: async () => {
      await end();
      await rm(home, { recursive: true, force: true });
    },
  };
}

// As an operator would: through the command.
async function deploy(environment: Readonly<Record<string, string | undefined>>): Promise<void> {
  await promisify(execFile)(process.execPath, [cliPath, 'deploy'], { env: { ...process.env, ...environment } });
}
