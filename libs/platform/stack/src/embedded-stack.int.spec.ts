import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '@millrace/testing';
import pg from 'pg';

import { type EmbeddedStack, type EmbeddedStackOptions, startEmbeddedStack } from './embedded-stack.ts';
import { type Home, homeAt } from './home.ts';
import { AlreadyRunning } from './lock.ts';
import { stackStatus } from './state-file.ts';
import { identify } from './supervisor/processes.ts';
import { makeTestHome, removeTestHome } from './test-home.fixture.ts';

let home: Home = homeAt('.');
let stack: EmbeddedStack;
const said: string[] = [];

const options = (): EmbeddedStackOptions => ({
  home: home.root,
  apps: 'none',
  port: 0,
  environment: process.env,
  onProgress: (progress) => progress.kind === 'step' && said.push(progress.text),
});

beforeAll(async () => {
  home = makeTestHome();
  stack = await startEmbeddedStack(options());
}, 300_000);

afterAll(async () => {
  await stack.stop();
  removeTestHome(home);
}, 60_000);

const serviceOf = (name: string) => stack.services().find((service) => service.name === name);

async function query<Row extends pg.QueryResultRow>(sql: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: stack.env.DATABASE_URL });
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}

describe('Postgres', () => {
  it('is durable, bounded in what a slot may retain, and decodes logically', async () => {
    const [settings] = await query(
      `select current_setting('wal_level') as wal_level, current_setting('fsync') as fsync, current_setting('synchronous_commit') as commit,
              current_setting('max_slot_wal_keep_size') as slot_limit, current_setting('password_encryption') as passwords, current_setting('listen_addresses') as address`,
    );
    expect(settings).toEqual({
      wal_level: 'logical',
      fsync: 'on',
      commit: 'on',
      slot_limit: '2GB',
      passwords: 'scram-sha-256',
      address: '127.0.0.1',
    });
  });

  it('does not run as root, and its data is closed to others', () => {
    const uid = statSync(join(home.postgres, 'data')).uid;
    expect(uid).not.toBe(0);
    expect(statSync(`/proc/${serviceOf('postgres')?.process?.pid}`).uid).toBe(uid);
  });

  it('refuses a wrong password', async () => {
    const url = new URL(stack.env.DATABASE_URL);
    url.password = 'wrong';
    const client = new pg.Client({ connectionString: url.href });
    await expect(client.connect()).rejects.toThrow('password authentication failed');
  });
});

it('the registry refuses incompatible schemas by default, and keeps its schemas in Postgres', async () => {
  const response = await fetch(`${stack.env.SCHEMA_REGISTRY_URL}/config`);
  expect(await response.json()).toMatchObject({ compatibilityLevel: 'FULL_TRANSITIVE' });
  expect(await query(`select datname from pg_database where datname in ('millrace', 'registry') order by 1`)).toEqual([
    { datname: 'millrace' },
    { datname: 'registry' },
  ]);
});

it('Connect knows Debezium for Postgres', async () => {
  const plugins = (await (await fetch(`${stack.env.CONNECT_URL}/connector-plugins`)).json()) as {
    class: string;
    version: string;
  }[];
  expect(plugins).toContainEqual(
    expect.objectContaining({ class: 'io.debezium.connector.postgresql.PostgresConnector', version: '3.7.0.Final' }),
  );
});

it('a second start on the same data is refused, naming the supervisor', async () => {
  await expect(startEmbeddedStack(options())).rejects.toThrow(AlreadyRunning);
  expect(stackStatus(home)?.ready).toBe(true);
});

it('what is killed with -9 is started again, everything at once too', async () => {
  const names = ['postgres', 'kafka', 'registry', 'connect'];
  const pidsBefore = names.map((name) => serviceOf(name)?.process?.pid);
  for (const name of names) stack.kill(name, 'SIGKILL');
  await eventually(() => stackStatus(home)?.ready === false);
  await eventually(() => stackStatus(home)?.ready, { timeoutMs: 110_000 });
  const pidsAfter = names.map((name) => serviceOf(name)?.process?.pid);
  expect(pidsAfter.filter((pid) => pid === undefined || pidsBefore.includes(pid))).toEqual([]);
});

it('a paused service stays away until it is resumed, and what was committed is still there', async () => {
  await query('create table kept (id int); insert into kept values (1)');
  await stack.pause('postgres');
  expect(serviceOf('postgres')?.state).toBe('stopped');
  await expect(query('select 1')).rejects.toThrow('ECONNREFUSED');
  await stack.resume('postgres');
  expect(await query('select id from kept')).toEqual([{ id: 1 }]);
});

it('stops within 10 seconds with nothing left running, and continues with its data on the same ports', async () => {
  const pids = stack.services().map(({ process: running }) => running?.pid ?? 0);
  const backends = await query<{ pid: number }>('select pid from pg_stat_activity');
  const { env } = stack;
  const clusterId = () =>
    /cluster.id=(.*)/.exec(readFileSync(join(home.kafka, 'data', 'meta.properties'), 'utf8'))?.[1];
  const before = clusterId();

  const startedAt = performance.now();
  await stack.stop();
  expect(performance.now() - startedAt).toBeLessThan(10_000);
  expect([...pids, ...backends.map(({ pid }) => pid)].filter((pid) => identify(pid))).toEqual([]);
  expect(stackStatus(home)).toBeUndefined();

  said.length = 0;
  stack = await startEmbeddedStack(options());
  expect(said.join()).toContain(`continuing with the data of ${home.root}`);
  expect(stack.env).toEqual(env);
  expect(clusterId()).toBe(before);
  expect(await query('select id from kept')).toEqual([{ id: 1 }]);
});
