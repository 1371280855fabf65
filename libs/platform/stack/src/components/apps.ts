import { join } from 'node:path';

import type { Environment, VariableName } from '@millrace/config';

import { answersOk, type Component } from './component.ts';

const checkout = join(import.meta.dirname, '..', '..', '..', '..', '..');

/** One app of the stack. */
export type AppDefinition = {
  readonly name: string;
  /** The Postgres role in its DATABASE_URL; none when it has no database. */
  readonly role?: 'owner' | 'millrace_command' | 'millrace_projector' | 'millrace_query';
  /** What it is told besides NODE_ENV, HOST, PORT and its DATABASE_URL. */
  readonly variables: readonly VariableName[];
};

const auth = ['AUTH_JWKS', 'AUTH_ISSUER', 'AUTH_AUDIENCE'] as const;
const consumer = { role: 'millrace_projector', variables: ['KAFKA_BROKERS', 'SCHEMA_REGISTRY_URL'] } as const;
const saga = {
  role: 'millrace_projector',
  variables: [...consumer.variables, 'COMMAND_API_URL', 'SERVICE_TOKEN_FILE'],
} as const;

/** Every app that `npm start` runs. */
export const apps = [
  {
    name: 'relay-supervisor',
    role: 'owner',
    variables: ['KAFKA_BROKERS', 'CONNECT_URL', 'CONNECT_DATABASE_HOST', 'CONNECT_DATABASE_PORT', 'CDC_ROLE_PASSWORD'],
  },
  { name: 'command-api', role: 'millrace_command', variables: auth },
  { name: 'query-api', role: 'millrace_query', variables: auth },
  { name: 'gateway', variables: ['COMMAND_API_URL', 'QUERY_API_URL'] },
  { name: 'order-read-model-projection', ...consumer },
  { name: 'orders-by-customer-projection', ...consumer },
  { name: 'orders-by-status-projection', ...consumer },
  { name: 'orders-analytics-projection', ...consumer },
  { name: 'external-publisher', ...consumer },
  { name: 'job-read-model-projection', ...consumer },
  { name: 'pipeline-read-model-projection', ...consumer },
  { name: 'pipeline-saga', ...saga },
  { name: 'person-view-projection', ...consumer },
  { name: 'organization-view-projection', ...consumer },
  { name: 'hiring-view-projection', ...consumer },
  { name: 'hiring-saga', ...saga },
  { name: 'tenant-view-projection', ...consumer },
  { name: 'user_projector', ...consumer },
  { name: 'event-log-projection', ...consumer },
] as const satisfies readonly AppDefinition[];

/** Name of an app of the stack. */
export type AppName = (typeof apps)[number]['name'];

/** What an app component is made of. */
export type AppOptions = {
  readonly port: number;
  readonly environment: Environment;
};

/** One app, run from its sources. */
export function appComponent({ name }: AppDefinition, { port, environment }: AppOptions): Component {
  const url = `http://127.0.0.1:${port}`;
  return {
    name,
    kind: 'app',
    url,
    dependsOn: ['postgres', 'kafka', 'registry', 'connect'],
    command: {
      file: process.execPath,
      args: [join(checkout, 'apps', name, 'src', 'main.ts')],
      env: { ...environment, HOST: '127.0.0.1', PORT: String(port) },
      cwd: checkout,
    },
    prepare: async () => undefined,
    isReady: () => answersOk(`${url}/readyz`),
    startTimeoutMs: 120_000,
    stopTimeoutMs: 2_000,
    stopSignal: 'SIGTERM',
  };
}
