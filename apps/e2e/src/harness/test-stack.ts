import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

import { type Database, openDatabase } from '@millrace/postgres';
import { type EmbeddedStack, homeAt, signDevelopmentToken, startEmbeddedStack } from '@millrace/stack';

import { ApiClient } from './api-client.ts';

const cli = path.resolve(import.meta.dirname, '../../../cli/src/main.ts');

/** A whole stack with every app, on data of its own, and a look at its database as the owner. */
export type TestStack = EmbeddedStack & {
  readonly home: string;
  readonly database: Database;
  /** A client of the gateway with a token of the tenant. Default role: admin. */
  client(tenant: string, roles?: readonly string[]): Promise<ApiClient>;
};

/** Starts a stack on free ports. Ended by `stop`, which removes its data too. */
export async function startTestStack(): Promise<TestStack> {
  const home = await mkdtemp(path.join(tmpdir(), 'millrace-e2e-'));
  const stack = await startEmbeddedStack({ home, apps: 'all', port: 0, environment: process.env, deploy });
  const database = openDatabase({ url: stack.env.DATABASE_URL, poolSize: 4, applicationName: 'e2e' });
  return {
    ...stack,
    home,
    database,
    client: async (tenant, roles = ['admin']) => {
      const token = await signDevelopmentToken(
        homeAt(home),
        { tenant, roles, subject: 'alice', hours: 1 },
        process.env,
      );
      return new ApiClient(stack.env.MILLRACE_URL, token);
    },
    stop: async () => {
      await database.close();
      await stack.stop();
      await rm(home, { recursive: true, force: true });
    },
  };
}

// As an operator would: through the command.
async function deploy(environment: Readonly<Record<string, string | undefined>>): Promise<void> {
  await promisify(execFile)(process.execPath, [cli, 'deploy'], { env: { ...process.env, ...environment } });
}
