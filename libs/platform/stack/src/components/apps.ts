import { join } from 'node:path';

import type { Environment, VariableName } from '@millrace/config';

import type { StackShape } from '../stack-shape.ts';
import { answersOk, type Component } from './component.ts';

const checkout = join(import.meta.dirname, '..', '..', '..', '..', '..');

/** One app of the stack. */
export type AppDefinition = {
  readonly name: string;
  /** The Postgres role in its DATABASE_URL; none when it has no database. */
  readonly role?: 'owner' | 'millrace_command' | 'millrace_projector' | 'millrace_query' | 'millrace_backup';
  /** What it is told besides NODE_ENV, HOST, PORT and its DATABASE_URL. */
  readonly variables: readonly VariableName[];
  /** A consumer group: in a cluster it has several processes that share its partitions. */
  readonly group?: true;
};

const auth = ['AUTH_JWKS', 'AUTH_ISSUER', 'AUTH_AUDIENCE'] as const;
const consumer = {
  role: 'millrace_projector',
  variables: ['KAFKA_BROKERS', 'SCHEMA_REGISTRY_URL'],
  group: true,
} as const;
const saga = {
  ...consumer,
  variables: [...consumer.variables, 'COMMAND_API_URL', 'SERVICE_TOKEN_FILE'],
} as const;

/** Every app that `npm start` runs. */
export const apps = [
  {
    name: 'relay-supervisor',
    role: 'owner',
    variables: ['KAFKA_BROKERS', 'CONNECT_URL', 'CONNECT_DATABASE_HOST', 'CONNECT_DATABASE_PORT', 'CDC_ROLE_PASSWORD'],
  },
  { name: 'auditor', role: 'owner', variables: ['KAFKA_BROKERS'] },
  { name: 'backup-scheduler', role: 'millrace_backup', variables: ['BACKUP_FOLDER'] },
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

/** Names of the processes of an app: the first is called as the app, the n-th `<app>-<n>`. */
export function memberNames({ name, group }: AppDefinition, { membersPerGroup }: StackShape): string[] {
  const members = group ? membersPerGroup : 1;
  return Array.from({ length: members }, (_, index) => (index === 0 ? name : `${name}-${index + 1}`));
}

/** What one process of an app is made of. */
export type AppOptions = {
  readonly name: string;
  readonly port: number;
  readonly environment: Environment;
  readonly dependsOn: readonly string[];
};

/** One process of an app, run from its sources. */
export function appComponent(app: AppDefinition, { name, port, environment, dependsOn }: AppOptions): Component {
  const url = `http://127.0.0.1:${port}`;
  return {
    name,
    kind: 'app',
    url,
    dependsOn,
    command: {
      file: process.execPath,
      args: [join(checkout, 'apps', app.name, 'src', 'main.ts')],
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
