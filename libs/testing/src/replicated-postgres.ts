import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { chown, cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

import { openDatabase } from '@millrace/postgres';
import { findPostgres, unprivileged, unprivilegedUser } from '@millrace/stack';

import { eventually } from './eventually.ts';
import { onServer, prepareDatabase, type TestDatabase } from './test-database.ts';

/** Two Postgres servers of their own: a primary with the whole schema, and a hot standby that streams from it. */
export type ReplicatedPostgres = {
  /** Database of the primary: URL of the owner, and of the app roles. */
  readonly primary: Pick<TestDatabase, 'url' | 'roleUrls'>;
  /** The same database and role on the standby. */
  readonly onStandby: (url: string) => string;
  /** Lets the standby fall behind, until it is resumed. */
  readonly pauseReplay: () => Promise<void>;
  readonly resumeReplay: () => Promise<void>;
  readonly stopPrimary: () => Promise<void>;
  readonly stop: () => Promise<void>;
};

const OWNER = 'postgres';

/** Starts both. They are on this machine also where the services of the test run are containers. */
export async function startReplicatedPostgres(topics: readonly string[] = []): Promise<ReplicatedPostgres> {
  const home = await mkdtemp(path.join(tmpdir(), 'millrace-replica-'));
  await giveAway(home);
  const [primaryData, standbyData] = [path.join(home, 'primary'), path.join(home, 'standby')];
  const [primaryPort, standbyPort] = freePorts();
  await initialise(home, primaryData);
  // A copy of the stopped server is a base backup.
  await copyFolder(home, primaryData, standbyData);
  await writeFile(path.join(standbyData, 'standby.signal'), '');

  const primary = await startServer(home, primaryData, [`port=${primaryPort}`]);
  const url = `postgres://${OWNER}@127.0.0.1:${primaryPort}/postgres`;
  const standby = await startServer(home, standbyData, [
    `port=${standbyPort}`,
    `primary_conninfo=host=127.0.0.1 port=${primaryPort} user=${OWNER}`,
    // Where the standby is up first, it shall not wait 5 s for its next try.
    'wal_retrieve_retry_interval=100ms',
  ]);
  const stop = async (): Promise<void> => {
    await Promise.all([end(standby), end(primary)]);
    await rm(home, { recursive: true, force: true });
  };
  const onStandby = (primaryUrl: string): string => primaryUrl.replace(`:${primaryPort}/`, `:${standbyPort}/`);
  const prepare = async (): Promise<TestDatabase['roleUrls']> => {
    await Promise.all([accepts(url), accepts(onStandby(url))]);
    const urls = await prepareDatabase(url, topics);
    await caughtUp(url, onStandby(url));
    return urls;
  };
  const roleUrls = await prepare().catch(async (error: unknown) => {
    // Nobody else could: servers that stay would keep the test run from ending.
    await stop();
    throw error;
  });
  return {
    primary: { url, roleUrls },
    onStandby,
    pauseReplay: () => onServer(onStandby(url), 'select pg_wal_replay_pause()'),
    resumeReplay: () => onServer(onStandby(url), 'select pg_wal_replay_resume()'),
    stopPrimary: () => end(primary),
    stop,
  };
}

/** Below the ports from which connections go out: a client that dials a dead server there can reach itself. */
function freePorts(): [number, number] {
  const port = randomInt(20_000, 29_000);
  return [port, port + 1];
}

async function initialise(home: string, data: string): Promise<void> {
  const { initdb } = await findPostgres();
  const args = ['-D', data, '-U', OWNER, '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync'];
  await runProgram(home, initdb, args);
}

async function copyFolder(home: string, from: string, to: string): Promise<void> {
  await cp(from, to, { recursive: true });
  const user = unprivilegedUser();
  if (user) await promisify(execFile)('chown', ['-R', `${user.uid}:${user.gid}`, to], { cwd: home });
}

async function giveAway(folder: string): Promise<void> {
  const user = unprivilegedUser();
  if (user) await chown(folder, user.uid, user.gid);
}

async function runProgram(home: string, file: string, args: readonly string[]): Promise<void> {
  const command = unprivileged({ file, args }, [home]);
  await promisify(execFile)(command.file, command.args, { cwd: '/' });
}

async function startServer(home: string, data: string, settings: readonly string[]): Promise<ChildProcess> {
  const { postgres } = await findPostgres();
  const all = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'wal_level=logical', 'fsync=off', ...settings];
  const args = ['-D', data, ...all.flatMap((setting) => ['-c', setting])];
  const command = unprivileged({ file: postgres, args }, [home]);
  return spawn(command.file, command.args, { cwd: '/', stdio: 'ignore' });
}

async function end(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const ended = new Promise((resolve) => server.once('exit', resolve));
  server.kill('SIGINT');
  await ended;
}

async function accepts(url: string): Promise<void> {
  await eventually(() => onServer(url, 'select').then(() => true));
}

async function caughtUp(primaryUrl: string, standbyUrl: string): Promise<void> {
  const [primary, standby] = [openDatabase({ url: primaryUrl }), openDatabase({ url: standbyUrl })];
  try {
    const { rows } = await primary.query<{ end: string }>('select pg_current_wal_lsn() as end');
    await eventually(async () => {
      const replayed = await standby.query('select where pg_last_wal_replay_lsn() >= $1', [rows[0]?.end]);
      return replayed.rowCount === 1;
    });
  } finally {
    await Promise.all([primary.close(), standby.close()]);
  }
}
