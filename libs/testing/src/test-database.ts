import { randomBytes } from 'node:crypto';

import { migrate, setRolePasswords } from '@millrace/postgres';
import pg from 'pg';

import { testServices } from './test-services.ts';

/** Roles of the apps, as `roleUrls` names them. */
export type TestRole = 'command' | 'projector' | 'query' | 'cdc' | 'backup';

const roles: readonly TestRole[] = ['command', 'projector', 'query', 'cdc', 'backup'];
const TEST_PASSWORD = 'test';

/** A database of its own with the whole schema, partitions for now and topics allowed. */
export type TestDatabase = {
  /** URL of the owner. */
  readonly url: string;
  /** URLs of the app roles. */
  readonly roleUrls: Readonly<Record<TestRole, string>>;
  readonly drop: () => Promise<void>;
};

/**
 * Makes a migrated throw-away database on the Postgres of the test run.
 * @param topics that the outbox may name; default the two order topics
 */
export async function createTestDatabase(
  topics: readonly string[] = ['orders.events.v1', 'orders.public.v1'],
): Promise<TestDatabase> {
  const server = new URL(testServices().databaseUrl);
  const name = `test_${randomBytes(6).toString('hex')}`;
  const url = withPath(server, name);
  await onServer(server.href, `create database ${name}`);
  return {
    url,
    roleUrls: await prepareDatabase(url, topics),
    drop: () => onServer(server.href, `drop database if exists ${name} with (force)`),
  };
}

/** Makes schema, partitions and passwords in an empty database. @returns URLs of the app roles */
export async function prepareDatabase(url: string, topics: readonly string[]): Promise<TestDatabase['roleUrls']> {
  await migrate(url);
  await setRolePasswords(url, Object.fromEntries(roles.map((role) => [`millrace_${role}`, TEST_PASSWORD])));
  await onServer(url, `select outbox.make_partitions(now() - interval '1 hour', 4)`);
  await onServer(
    url,
    `select outbox.allow_topics(array[${topics.map((topic) => pg.escapeLiteral(topic)).join(',')}]::text[])`,
  );
  return Object.fromEntries(roles.map((role) => [role, withRole(url, role)])) as Record<TestRole, string>;
}

function withPath(server: URL, name: string): string {
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}

function withRole(database: string, role: TestRole): string {
  const url = new URL(database);
  url.username = `millrace_${role}`;
  url.password = TEST_PASSWORD;
  return url.href;
}

/** Runs SQL on a connection of its own. */
export async function onServer(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
