import { existsSync } from 'node:fs';

import type { Environment } from '@millrace/config';

import { apps, memberNames } from './components/apps.ts';
import type { StackParts } from './components/components.ts';
import { findPostgres } from './components/postgres-binaries.ts';
import type { Home } from './home.ts';
import { ensureKeys, writeServiceToken } from './keys.ts';
import { endOrphans, rememberedPorts } from './lock.ts';
import { type HeldPort, holdPorts, wantedPorts } from './ports.ts';
import { beginStep, type OnProgress } from './progress.ts';
import { findJava } from './provision/java.ts';
import { provisionJars } from './provision/provision.ts';
import { loadSecrets } from './secrets.ts';
import { stackEnvironment } from './stack-environment.ts';
import { requireShape, type StackShape } from './stack-shape.ts';

/** What preparing a stack needs to know. */
export type Preparation = {
  readonly shape: StackShape;
  readonly environment: Environment;
  /** First port to try for the gateway; 0: see `wantedPorts`. */
  readonly port: number;
  readonly onProgress: OnProgress;
  readonly signal: AbortSignal;
};

/**
 * Everything up to the first process: Java, jars, what a killed supervisor left, secrets, keys, ports.
 * @throws MillraceError `STACK_FAILED` naming what is missing and the command that brings it
 */
export async function prepareStack(
  home: Home,
  { shape, environment, port, onProgress, signal }: Preparation,
): Promise<StackParts> {
  requireShape(home, shape);
  const checking = beginStep(onProgress, 'environment');
  const java = await findJava(environment);
  const binaries = await findPostgres();
  checking(`node ${process.versions.node}, java ${java.version}`, true);

  const fetching = beginStep(onProgress, 'jars');
  const jars = await provisionJars({ environment, signal, onProgress: (line) => fetching(line, false) });
  fetching('kafka, connect, debezium, registry', true);

  const opening = beginStep(onProgress, 'data');
  const origin = existsSync(home.postgres) ? 'continuing with the data of' : 'new data in';
  const orphans = await endOrphans(home);
  const secrets = loadSecrets(home);
  await ensureKeys(home);
  await writeServiceToken(home, environment);
  const held = await holdPortsOf(home, port, shape);
  const ended = orphans > 0 ? `, ended ${orphans} processes left by a killed supervisor` : '';
  opening(`${origin} ${home.root}${ended}`, true);

  const stack = stackEnvironment(home, { ports: portNumbers(held), secrets, shape });
  return { home, shape, secrets, held, jvm: { java, jars, environment }, binaries, stack };
}

async function holdPortsOf(home: Home, gateway: number, shape: StackShape): Promise<Record<string, HeldPort>> {
  const appNames = apps.flatMap((app) => memberNames(app, shape)).filter((name) => name !== 'gateway');
  return holdPorts(wantedPorts(gateway, { shape, appNames, remembered: rememberedPorts(home) }));
}

/** The numbers alone. */
export function portNumbers(held: StackParts['held']): Record<string, number> {
  return Object.fromEntries(Object.entries(held).map(([name, { port }]) => [name, port]));
}
