import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { appendFile, chmod, chown, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

import type { Environment } from '@millrace/config';
import pg from 'pg';

import type { Home } from '../home.ts';
import type { Secrets } from '../secrets.ts';
import { commandLineOf, endProcess } from '../supervisor/processes.ts';
import type { Component } from './component.ts';
import type { PostgresBinaries } from './postgres-binaries.ts';
import { unprivileged, unprivilegedUser } from './unprivileged.ts';

/** What Postgres is started with. */
export type PostgresOptions = {
  readonly port: number;
  readonly secrets: Secrets;
  readonly binaries: PostgresBinaries;
  readonly maxConnections: number;
  readonly environment: Environment;
  /** Settings of the server besides its own. */
  readonly settings?: Readonly<Record<string, string>>;
};

const owner = 'millrace';

/** URL of the superuser for one database of the stack. */
export function ownerUrl(port: number, secrets: Secrets, database = 'millrace'): string {
  return `postgres://${owner}:${secrets.owner}@127.0.0.1:${port}/${database}`;
}

/** Postgres on the loopback interface, durable as in production, with logical decoding. */
export function postgresComponent(home: Home, options: PostgresOptions): Component {
  const { port, secrets, binaries, environment } = options;
  const data = join(home.postgres, 'data');
  const env = { PATH: environment['PATH'], LANG: 'C.UTF-8', TZ: 'UTC' };
  return {
    name: 'postgres',
    kind: 'infrastructure',
    url: `postgres://127.0.0.1:${port}/millrace`,
    dependsOn: [],
    command: {
      ...unprivileged({ file: binaries.postgres, args: ['-D', data, ...serverSettings(options)] }, [home.root]),
      env,
      cwd: '/',
    },
    async prepare(signal) {
      await createFolder(home.postgres);
      if (existsSync(data)) await clearStaleLock(data);
      else await initialise(home.postgres, binaries.initdb, { secrets, env, signal });
      await limitSlots(join(data, 'postgresql.conf'));
    },
    isReady: async () => ensureDatabases(port, secrets),
    startTimeoutMs: 120_000,
    stopTimeoutMs: 2_500,
    // "Fast": ends sessions and writes a checkpoint; SIGTERM would wait for every client to leave.
    stopSignal: 'SIGINT',
  };
}

function serverSettings({ port, maxConnections, settings: others }: PostgresOptions): string[] {
  const settings = {
    ...others,
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: '',
    wal_level: 'logical',
    max_connections: maxConnections,
    shared_buffers: '128MB',
    fsync: 'on',
    synchronous_commit: 'on',
    log_timezone: 'UTC',
    timezone: 'UTC',
  };
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

/** A slot that nobody reads may not fill the disk. In the file, where an operator may change it without a restart. */
async function limitSlots(configFile: string): Promise<void> {
  const settings = await readFile(configFile, 'utf8');
  if (/^max_slot_wal_keep_size\b/m.test(settings)) return;
  await appendFile(configFile, `max_slot_wal_keep_size = '2GB'\n`);
}

async function createFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await chmod(folder, 0o700);
  const user = unprivilegedUser();
  if (user) await chown(folder, user.uid, user.gid);
}

type InitialiseOptions = { readonly secrets: Secrets; readonly env: Environment; readonly signal: AbortSignal };

/** Into a folder that is renamed last: an interrupted initdb is started over. */
async function initialise(folder: string, initdb: string, { secrets, env, signal }: InitialiseOptions): Promise<void> {
  const unfinished = join(folder, 'unfinished');
  const passwordFile = join(folder, 'password');
  await rm(unfinished, { recursive: true, force: true });
  try {
    await writeFile(passwordFile, secrets.owner, { mode: 0o600 });
    const user = unprivilegedUser();
    if (user) await chown(passwordFile, user.uid, user.gid);
    const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
    const args = [
      '-D',
      unfinished,
      '-U',
      owner,
      '--auth=scram-sha-256',
      `--pwfile=${passwordFile}`,
      ...locale,
      '--no-instructions',
    ];
    const command = unprivileged({ file: initdb, args }, [dirname(folder)]);
    await promisify(execFile)(command.file, command.args, { env: { ...env }, cwd: '/', signal });
    await rename(unfinished, join(folder, 'data'));
  } finally {
    await rm(passwordFile, { force: true });
  }
}

/**
 * After `kill -9` the lock file stays. Postgres removes it by itself unless its process id is in use: then the process
 * is either our own orphan, which must end, or a stranger, whose number says nothing.
 */
async function clearStaleLock(data: string): Promise<void> {
  const lockFile = join(data, 'postmaster.pid');
  if (!existsSync(lockFile)) return;
  const pid = Number((await readFile(lockFile, 'utf8')).split('\n', 1)[0]);
  const commandLine = commandLineOf(pid);
  if (commandLine === undefined) return;
  if (commandLine.includes(data)) await endProcess(pid, 5_000);
  else await rm(lockFile, { force: true });
}

async function ensureDatabases(port: number, secrets: Secrets): Promise<boolean> {
  const client = new pg.Client({
    connectionString: ownerUrl(port, secrets, 'postgres'),
    connectionTimeoutMillis: 2_000,
  });
  try {
    await client.connect();
    const { rows } = await client.query<{ datname: string }>('select datname from pg_database');
    const existing = new Set(rows.map(({ datname }) => datname));
    if (!existing.has('millrace')) await client.query('create database millrace');
    if (!existing.has('registry')) await createRegistryDatabase(client, secrets.registry);
    return true;
  } finally {
    await client.end();
  }
}

async function createRegistryDatabase(client: pg.Client, password: string): Promise<void> {
  const { rowCount } = await client.query(`select from pg_roles where rolname = 'registry'`);
  if (rowCount === 0) await client.query(`create role registry login password ${pg.escapeLiteral(password)}`);
  await client.query('create database registry owner registry');
}
