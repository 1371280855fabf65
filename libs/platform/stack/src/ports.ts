import { createServer } from 'node:net';

import { MillraceError } from '@millrace/core';

import type { StackShape } from './stack-shape.ts';

/**
 * Ports asked for first. All lie below the range from which operating systems take the source ports of outgoing
 * connections: a client that dials a dead service from that range can end up connected to itself and keep the port.
 */
function preferredPorts({ brokers, connectWorkers }: StackShape): Record<string, number> {
  const numbered = (names: readonly string[], first: number) =>
    Object.fromEntries(names.map((name, index) => [name, first + index]));
  const controllers = brokers.map((name) => `${name}-controller`);
  return {
    postgres: 15_432,
    ...numbered(brokers, 19_092),
    ...numbered(controllers, 19_192),
    registry: 18_081,
    ...numbered(connectWorkers, 18_083),
  };
}

const firstAppPort = 4_001;
const highestPort = 65_535;

/** A port of the loopback interface that nobody else can take until it is released. */
export type HeldPort = { readonly port: number; readonly release: () => Promise<void> };

/** Takes hold of a port; undefined when something listens on it. */
export async function holdPort(port: number): Promise<HeldPort | undefined> {
  const server = createServer((connection) => connection.destroy());
  const release = (): Promise<void> => new Promise((resolve) => server.close(() => resolve()));
  return new Promise((resolve) => {
    server.once('error', () => resolve(undefined));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => resolve({ port, release }));
    server.unref();
  });
}

/** Below the ports from which connections go out, with room above it for a whole stack. */
const randomPort = (): number => 20_000 + Math.floor(Math.random() * 9_000);

/**
 * A port that is free now, below those from which connections go out: see `preferredPorts`.
 * @throws MillraceError `STACK_FAILED`
 */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < 50; tries += 1) {
    const held = await holdPort(randomPort());
    if (!held) continue;
    await held.release();
    return held.port;
  }
  throw new MillraceError('STACK_FAILED', 'no free port');
}

/** Takes hold of a port for each name: the wanted one, or the next free one above it. */
export async function holdPorts(wanted: Readonly<Record<string, number>>): Promise<Record<string, HeldPort>> {
  const held: Record<string, HeldPort> = {};
  for (const [name, first] of Object.entries(wanted)) held[name] = await holdNextFree(name, first);
  return held;
}

async function holdNextFree(name: string, first: number): Promise<HeldPort> {
  for (let port = first; port <= highestPort; port += 1) {
    const held = await holdPort(port);
    if (held) return held;
  }
  throw new MillraceError('STACK_FAILED', `no free port from ${first} upward for ${name}`);
}

/** The shape of a stack, the processes of its apps, and the ports of its last run. */
export type KnownPorts = {
  readonly shape: StackShape;
  readonly appNames: readonly string[];
  readonly remembered: Readonly<Record<string, number>>;
};

/**
 * The ports that a stack asks for. `gateway` 0 takes a random region, for stacks that run beside others. The ports of
 * the last run come before the usual ones, so that a stack keeps its addresses over a restart.
 */
export function wantedPorts(gateway: number, { shape, appNames, remembered }: KnownPorts): Record<string, number> {
  const preferred = preferredPorts(shape);
  if (gateway === 0) {
    const start = randomPort();
    const names = ['gateway', ...Object.keys(preferred), ...appNames];
    return { ...Object.fromEntries(names.map((name, index) => [name, start + index])), ...remembered };
  }
  const appPorts = Object.fromEntries(appNames.map((name, index) => [name, firstAppPort + index]));
  return { ...appPorts, ...preferred, ...remembered, gateway };
}
