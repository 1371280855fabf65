import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { homeAt, type StackEnv, stackStatus } from '@millrace/stack';

import { eventually } from './eventually.ts';
import type { TestServices } from './test-services.ts';

const cli = path.resolve(import.meta.dirname, '../../../apps/cli/src/main.ts');

/** Services of a test run and the way to end them. */
export type StartedServices = { readonly services: TestServices; readonly stop: () => Promise<void> };

/** Starts the embedded stack without apps, as `npm start` would, in a folder of its own. */
export async function startEmbeddedServices(): Promise<StartedServices> {
  const home = await mkdtemp(path.join(tmpdir(), 'millrace-test-'));
  const child = spawn(process.execPath, [cli, 'up', '--only', 'infrastructure', '--home', home], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  try {
    const env = await eventually(() => readyEnvironment(home, child), { timeoutMs: 300_000, intervalMs: 300 });
    return { services: servicesOf(env), stop: () => stopAndRemove(child, home) };
  } catch (error) {
    await stopAndRemove(child, home);
    throw new Error(`the embedded stack did not start:\n${output}`, { cause: error });
  }
}

function readyEnvironment(home: string, child: ChildProcess): StackEnv | undefined {
  if (child.exitCode !== null) throw new Error(`it ended with exit code ${child.exitCode}`);
  const status = stackStatus(homeAt(home));
  return status?.ready ? status.env : undefined;
}

function servicesOf(env: Record<string, string>): TestServices {
  const { DATABASE_URL = '', KAFKA_BROKERS = '', SCHEMA_REGISTRY_URL = '', CONNECT_URL = '' } = env;
  const { hostname, port } = new URL(DATABASE_URL);
  return {
    databaseUrl: DATABASE_URL,
    kafkaBrokers: KAFKA_BROKERS.split(','),
    schemaRegistryUrl: SCHEMA_REGISTRY_URL,
    connectUrl: CONNECT_URL,
    connectDatabaseHost: hostname,
    connectDatabasePort: port,
  };
}

async function stopAndRemove(child: ChildProcess, home: string): Promise<void> {
  if (child.exitCode === null) {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await ended;
  }
  await rm(home, { recursive: true, force: true });
}
