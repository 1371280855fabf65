/** The floor: pgbench, which does nothing but send. It comes with a Postgres client, not with the embedded server. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import type { Environment } from '@millrace/config';

import type { Arm, Measured, Span, Turn } from '../harness/arm.ts';
import type { BenchDatabase } from '../harness/bench-postgres.ts';
import { costs, type Load, snapshot } from '../harness/load.ts';
import { checkStore, commandUrl } from '../suites/millrace-store.ts';
import { LIFE } from '../suites/order-appends.ts';
import { pgbenchScript, type Statement } from './statement.ts';

/** Operations of each connection that are discarded: pgbench has no compiler to warm, only the plans of its statements. */
const WARM_UP = 48;

/** What a pgbench arm needs. */
export type PgbenchOptions = Load & {
  readonly template: string;
  readonly statement: Statement;
  readonly environment: Environment;
};

/** Why pgbench cannot run; undefined where it can. */
export async function pgbenchMissing(environment: Environment): Promise<string | undefined> {
  return runPgbench(['--version'], environment).then(
    () => undefined,
    () => 'no pgbench on PATH',
  );
}

/** Runs a statement in pgbench against a fresh database, with as many connections as the other arms have writers. */
export function pgbenchArm(name: string, options: PgbenchOptions & { readonly missing: string | undefined }): Arm {
  return {
    name,
    ...(options.missing !== undefined && { missing: options.missing }),
    async measure(turn) {
      const database = await options.postgres.create(options.template);
      const folder = await mkdtemp(join(tmpdir(), 'millrace-pgbench-'));
      try {
        return await measureIn(folder, database, { ...options, ...turn });
      } finally {
        await rm(folder, { recursive: true, force: true });
        await database.drop();
      }
    },
  };
}

type Measuring = PgbenchOptions & Turn;

async function measureIn(folder: string, database: BenchDatabase, options: Measuring): Promise<Measured> {
  const { script, variables } = pgbenchScript(options.statement);
  const file = join(folder, 'script.sql');
  await writeFile(file, script);
  const start = (span: Span, firstIndex: number) =>
    runPgbench(
      [...argumentsOf(options, span), ...definitions({ ...variables, index: String(firstIndex - 1) }), '-f', file],
      { ...options.environment, ...sessionOf(commandUrl(database)) },
    );
  const warm = outcomeOf(await start({ operations: WARM_UP * options.writers }, 0));
  const untouched = Math.ceil(WARM_UP / LIFE) * LIFE;
  const started = await snapshot(options.postgres, database.name);
  const { operations, perSecond } = outcomeOf(await start(options.measure, untouched));
  const ended = await snapshot(options.postgres, database.name);
  const problems = await checkStore(database, [warm.operations, operations]);
  return { operations, perSecond, ...costs(started, ended, operations), problems };
}

function argumentsOf({ writers }: Load, span: Span): string[] {
  // Whole seconds are all that pgbench knows.
  const length =
    'ms' in span ? ['-T', Math.max(1, Math.round(span.ms / 1_000))] : ['-t', Math.ceil(span.operations / writers)];
  return ['-n', '-M', 'prepared', '-c', String(writers), '-j', String(Math.min(2, writers)), ...length.map(String)];
}

function definitions(variables: Record<string, string>): string[] {
  return Object.entries(variables).flatMap(([name, value]) => ['-D', `${name}=${value}`]);
}

/** The same session as our own pool has: role, time zone, and the timer that a statement timeout costs. */
export function sessionOf(databaseUrl: string): Environment {
  const url = new URL(databaseUrl);
  return {
    PGHOST: url.hostname,
    PGPORT: url.port,
    PGUSER: url.username,
    PGPASSWORD: url.password,
    PGDATABASE: url.pathname.slice(1),
    PGSSLMODE: 'disable',
    PGOPTIONS: '-c timezone=UTC -c statement_timeout=30000 -c idle_in_transaction_session_timeout=20000',
  };
}

/** Runs pgbench. @returns its report @throws Error with what it says */
export async function runPgbench(args: readonly string[], environment: Environment): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)('pgbench', args, { env: { ...environment } });
    return stdout;
  } catch (error) {
    const [said] = /ERROR: .*/.exec((error as { stderr?: string }).stderr ?? '') ?? [(error as Error).message];
    throw new Error(`pgbench: ${said}`, { cause: error });
  }
}

/** @throws Error for what is no report of pgbench, or says that transactions failed */
export function outcomeOf(report: string): { operations: number; perSecond: number } {
  const operations = Number(/^number of transactions actually processed: (\d+)/m.exec(report)?.[1]);
  const perSecond = Number(/^tps = ([\d.]+) \(without initial connection time\)/m.exec(report)?.[1]);
  const failed = Number(/^number of failed transactions: (\d+)/m.exec(report)?.[1] ?? 0);
  if (!(operations > 0) || !(perSecond > 0) || failed > 0) throw new Error(`pgbench did not do its work:\n${report}`);
  return { operations, perSecond };
}
