import { join } from 'node:path';

import { MillraceError } from '@millrace/core';

import type { Home } from '../home.ts';
import type { HeldPort } from '../ports.ts';
import { cacheFolder } from '../provision/cache-folder.ts';
import type { Secrets } from '../secrets.ts';
import { appEnvironment, type StackEnvironment } from '../stack-environment.ts';
import type { StackShape } from '../stack-shape.ts';
import { appComponent, type AppName, apps, memberNames } from './apps.ts';
import type { Component } from './component.ts';
import { connectComponent } from './connect.ts';
import type { JvmPlatform } from './jvm.ts';
import { kafkaComponents } from './kafka.ts';
import { postgresComponent } from './postgres.ts';
import type { PostgresBinaries } from './postgres-binaries.ts';
import { registryComponent } from './registry.ts';

/** All that the components of one stack are made of. */
export type StackParts = {
  readonly home: Home;
  readonly shape: StackShape;
  readonly secrets: Secrets;
  readonly held: Readonly<Record<string, HeldPort>>;
  readonly jvm: JvmPlatform;
  readonly binaries: PostgresBinaries;
  readonly stack: StackEnvironment;
};

/** Postgres, Kafka, registry, Connect and the named apps, as many of each as the shape says. Ports that none of them needs are released. */
export function stackComponents(parts: StackParts, appNames: readonly AppName[]): Component[] {
  const components = [...infrastructureComponents(parts), ...appComponents(parts, appNames)];
  const ports = Object.entries(parts.held).map(([name, port]) => ({ ...port, component: ownerOfPort(name) }));
  const spare = ports.filter(({ component }) => !components.some(({ name }) => name === component));
  for (const { release } of spare) void release();
  return components.map((component) => ({
    ...component,
    // Held until the moment before the process starts, so that nobody else gets them meanwhile.
    async prepare(signal) {
      await component.prepare(signal);
      await Promise.all(ports.filter((port) => port.component === component.name).map(({ release }) => release()));
    },
  }));
}

/** Ports are named after the component that listens on them; a Kafka node has two. */
function ownerOfPort(name: string): string {
  return name.replace(/-controller$/, '');
}

function infrastructureComponents({ home, shape, secrets, held, jvm, binaries, stack }: StackParts): Component[] {
  const { brokers, connectWorkers, maxConnections } = shape;
  const { environment } = jvm;
  const port = (name: string) => portNamed(held, name);
  const nodes = brokers.map((name) => ({ name, broker: port(name), controller: port(`${name}-controller`) }));
  return [
    postgresComponent(home, { port: port('postgres'), secrets, binaries, maxConnections, environment }),
    ...kafkaComponents(home, nodes, jvm),
    registryComponent(
      home,
      { port: port('registry'), databasePort: port('postgres'), password: secrets.registry },
      jvm,
    ),
    ...connectWorkers.map((name) =>
      connectComponent(home, { name, port: port(name), brokers, bootstrapServers: stack.KAFKA_BROKERS }, jvm),
    ),
  ];
}

function appComponents({ shape, held, jvm, stack }: StackParts, names: readonly AppName[]): Component[] {
  // Spares each app a third of the work of its start, from the second on.
  const codeCache = join(cacheFolder(jvm.environment), 'code');
  const dependsOn = ['postgres', ...shape.brokers, 'registry', ...shape.connectWorkers];
  return apps
    .filter(({ name }) => names.includes(name))
    .flatMap((app) => {
      const environment = { NODE_COMPILE_CACHE: codeCache, ...jvm.environment, ...appEnvironment(app, stack) };
      return memberNames(app, shape).map((name) =>
        appComponent(app, { name, port: portNamed(held, name), environment, dependsOn }),
      );
    });
}

function portNamed(held: StackParts['held'], name: string): number {
  const { port } = held[name] ?? {};
  if (port === undefined) throw new MillraceError('STACK_FAILED', `no port was chosen for ${name}`);
  return port;
}
