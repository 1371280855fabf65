/** Floors that say recorded statements again, on one connection: pgbench, and the bare driver. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Environment } from '@millrace/config';
import { type Database, openDatabase } from '@millrace/postgres';

import type { Measured } from '../harness/arm.ts';
import type { BenchDatabase, BenchPostgres } from '../harness/bench-postgres.ts';
import { drain } from '../harness/drain.ts';
import { costs, snapshot } from '../harness/load.ts';
import { runPgbench, sessionOf } from './pgbench.ts';
import { scriptOf, type Sent } from './recorded.ts';

/** What is said, and to whom. */
export type Replay = {
  readonly postgres: BenchPostgres;
  readonly database: BenchDatabase;
  /** URL of the role that said it. */
  readonly url: string;
  /** Discarded. */
  readonly warmUp: readonly Sent[];
  readonly measure: readonly Sent[];
  /** Operations that `warmUp` and `measure` are. */
  readonly operations: { readonly warmUp: number; readonly measure: number };
};

/** Says it by `pg` alone, as our pool has it. */
export async function driverReplay({ url, warmUp, measure, operations, ...on }: Replay): Promise<Turnout> {
  const pool = openDatabase({ url, poolSize: 1 });
  try {
    await say(pool, warmUp);
    return await drain({ ...on, operations: operations.measure }, () => say(pool, measure));
  } finally {
    await pool.close();
  }
}

/** What was measured, before anyone has looked at what it left. */
export type Turnout = Omit<Measured, 'problems'>;

async function say(pool: Database, sent: readonly Sent[]): Promise<void> {
  for (const { values, ...statement } of sent) await pool.query({ ...statement, values: [...values] });
}

/**
 * Says it by pgbench: a script whose first run is warm-up. The time is that of the second run as pgbench logs it; costs are
 * those of both.
 */
export async function pgbenchReplay(replay: Replay, environment: Environment): Promise<Turnout> {
  const { postgres, database, url, warmUp, measure, operations } = replay;
  const folder = await mkdtemp(join(tmpdir(), 'millrace-pgbench-'));
  try {
    const script = join(folder, 'script.sql');
    await writeFile(script, scriptOf([...warmUp, ...measure], warmUp.length));
    const started = await snapshot(postgres, database.name);
    const log = ['-l', `--log-prefix=${join(folder, 'log')}`];
    const runs = ['-n', '-M', 'simple', '-c', '1', '-j', '1', '-t', '2', '-D', 'run=0'];
    await runPgbench([...runs, ...log, '-f', script], { ...environment, ...sessionOf(url) });
    const ended = await snapshot(postgres, database.name);
    const seconds = await secondsOfLastRun(folder);
    const all = operations.warmUp + operations.measure;
    return { operations: operations.measure, perSecond: operations.measure / seconds, ...costs(started, ended, all) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A line of the log is one run: client, number, microseconds, … */
async function secondsOfLastRun(folder: string): Promise<number> {
  const [log = ''] = (await readdir(folder)).filter((name) => name.startsWith('log'));
  const lines = (await readFile(join(folder, log), 'utf8')).trim().split('\n');
  const micros = Number(lines.at(-1)?.split(' ')[2]);
  if (lines.length !== 2 || !(micros > 0)) throw new Error(`pgbench logged no two runs: ${lines.join('; ')}`);
  return micros / 1_000_000;
}
