import type { Environment, VariableName } from '@millrace/config';

import type { AppDefinition } from './components/apps.ts';
import { ownerUrl } from './components/postgres.ts';
import type { Home } from './home.ts';
import { jwksFile, serviceTokenFile, tokenNames } from './keys.ts';
import type { Secrets } from './secrets.ts';
import type { StackShape } from './stack-shape.ts';
import type { StackEnv } from './state-file.ts';

type Ports = Readonly<Record<string, number>>;

/** Every variable that the stack sets for its apps and for `millrace deploy`. */
export type StackEnvironment = StackEnv & Environment;

const portOf = (ports: Ports, name: string): number => {
  const port = ports[name];
  if (port === undefined) throw new Error(`no port was chosen for ${name}`);
  return port;
};

/** What the addresses of a stack follow from. */
export type StackPlaces = { readonly ports: Ports; readonly secrets: Secrets; readonly shape: StackShape };

/** The five addresses that outsiders need. Of several brokers and Connect workers all, comma-separated. */
export function stackEnv({ ports, secrets, shape }: StackPlaces): StackEnv {
  return {
    MILLRACE_URL: `http://127.0.0.1:${portOf(ports, 'gateway')}`,
    DATABASE_URL: ownerUrl(portOf(ports, 'postgres'), secrets),
    KAFKA_BROKERS: shape.brokers.map((name) => `127.0.0.1:${portOf(ports, name)}`).join(','),
    SCHEMA_REGISTRY_URL: `http://127.0.0.1:${portOf(ports, 'registry')}/apis/ccompat/v7`,
    CONNECT_URL: shape.connectWorkers.map((name) => `http://127.0.0.1:${portOf(ports, name)}`).join(','),
  };
}

/** All that `millrace deploy` and the apps may be told. Its DATABASE_URL is the owner's. */
export function stackEnvironment(home: Home, places: StackPlaces): StackEnvironment {
  const { ports, secrets, shape } = places;
  return {
    ...stackEnv(places),
    KAFKA_REPLICATION_FACTOR: String(shape.replicationFactor),
    KAFKA_MIN_INSYNC_REPLICAS: String(shape.minInsyncReplicas),
    CONNECT_DATABASE_HOST: '127.0.0.1',
    CONNECT_DATABASE_PORT: String(portOf(ports, 'postgres')),
    AUTH_JWKS: jwksFile(home),
    AUTH_ISSUER: tokenNames.issuer,
    AUTH_AUDIENCE: tokenNames.audience,
    COMMAND_API_URL: `http://127.0.0.1:${portOf(ports, 'command-api')}`,
    SERVICE_TOKEN_FILE: serviceTokenFile(home),
    QUERY_API_URL: `http://127.0.0.1:${portOf(ports, 'query-api')}`,
    COMMAND_ROLE_PASSWORD: secrets.command,
    PROJECTOR_ROLE_PASSWORD: secrets.projector,
    QUERY_ROLE_PASSWORD: secrets.query,
    CDC_ROLE_PASSWORD: secrets.cdc,
    BACKUP_ROLE_PASSWORD: secrets.backup,
    BACKUP_FOLDER: home.backups,
  };
}

/** What one app is told: its own database role, and of the stack's variables those it needs. */
export function appEnvironment(app: AppDefinition, stack: StackEnvironment): Environment {
  const chosen = app.variables.map((name) => [name, stack[name]]);
  const databaseUrl = app.role && databaseUrlOf(app.role, stack);
  return { ...(Object.fromEntries(chosen) as Environment), ...(databaseUrl && { DATABASE_URL: databaseUrl }) };
}

const passwordVariables = {
  millrace_command: 'COMMAND_ROLE_PASSWORD',
  millrace_projector: 'PROJECTOR_ROLE_PASSWORD',
  millrace_query: 'QUERY_ROLE_PASSWORD',
  millrace_backup: 'BACKUP_ROLE_PASSWORD',
} as const satisfies Record<string, VariableName>;

function databaseUrlOf(role: NonNullable<AppDefinition['role']>, stack: StackEnvironment): string {
  if (role === 'owner') return stack.DATABASE_URL;
  const url = new URL(stack.DATABASE_URL);
  url.username = role;
  url.password = stack[passwordVariables[role]] ?? '';
  return url.href;
}
