import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { MillraceError } from '@millrace/core';

/** Name under which the connector is registered. */
export const CONNECTOR_NAME = 'outbox';

/** Topics that the connector itself writes: a missing one stalls it while it says RUNNING. */
export const CONNECTOR_TOPICS = ['millrace.outbox.heartbeat', '__debezium-heartbeat.millrace'] as const;

const file = fileURLToPath(new URL('../../../../connectors/outbox.json', import.meta.url));

/** What the connector is made from, by the names of the environment. */
export type ConnectorEnvironment = {
  /** Only the name of the database is taken from it. */
  readonly DATABASE_URL: string;
  /** Postgres as Connect reaches it. */
  readonly CONNECT_DATABASE_HOST: string;
  readonly CONNECT_DATABASE_PORT: number;
  readonly CDC_ROLE_PASSWORD: string;
};

/**
 * `connectors/outbox.json` with the values for the names in double braces.
 * @throws MillraceError `PREFLIGHT_FAILED` when a name has no value
 */
export async function connectorConfig(environment: ConnectorEnvironment): Promise<Record<string, string>> {
  const { CONNECT_DATABASE_HOST, CONNECT_DATABASE_PORT, CDC_ROLE_PASSWORD, DATABASE_URL } = environment;
  const values = {
    CONNECT_DATABASE_HOST,
    CONNECT_DATABASE_PORT: String(CONNECT_DATABASE_PORT),
    CDC_ROLE_PASSWORD,
    DATABASE_NAME: new URL(DATABASE_URL).pathname.slice(1),
  };
  const template = JSON.parse(await readFile(file, 'utf8')) as Record<string, string>;
  return Object.fromEntries(
    Object.entries(template).map(([key, text]) => [
      key,
      text.replace(/\{\{(\w+)\}\}/g, (_, name: string) => valueOf(values, name)),
    ]),
  );
}

function valueOf(values: Readonly<Record<string, string>>, name: string): string {
  const value = values[name];
  if (value === undefined || value === '')
    throw new MillraceError('PREFLIGHT_FAILED', `the connector needs a value for ${name}`);
  return value;
}
