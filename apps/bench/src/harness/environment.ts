import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { promisify } from 'node:util';

import type { BenchPostgres } from './bench-postgres.ts';

/** Where and when a run was made: without it, its numbers say nothing. */
export type EnvironmentRecord = {
  readonly at: string;
  readonly sha: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  /** Of the minute before the run: what others did on the machine. */
  readonly load: number;
  /** Share of the processor's time since boot that the host gave to others. */
  readonly steal?: number;
  readonly node: string;
  readonly postgres: string;
  readonly settings: Readonly<Record<string, string>>;
};

export async function environmentRecord(postgres: BenchPostgres): Promise<EnvironmentRecord> {
  const { version, settings } = await postgres.describe();
  const steal = stealShare();
  return {
    at: new Date().toISOString(),
    sha: await commit(),
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    load: Number((loadavg()[0] ?? 0).toFixed(2)),
    ...(steal !== undefined && { steal }),
    node: process.versions.node,
    postgres: version,
    settings,
  };
}

async function commit(): Promise<string> {
  const git = promisify(execFile)('git', ['rev-parse', '--short', 'HEAD'], { cwd: import.meta.dirname });
  return git.then(({ stdout }) => stdout.trim()).catch(() => 'unknown');
}

/** The eighth number of the first line of /proc/stat. */
function stealShare(): number | undefined {
  try {
    const [line = ''] = readFileSync('/proc/stat', 'utf8').split('\n', 1);
    const ticks = line.split(/\s+/).slice(1, 9).map(Number);
    const all = ticks.reduce((sum, value) => sum + value, 0);
    return Number(((ticks[7] ?? 0) / all).toFixed(4));
  } catch {
    return undefined;
  }
}
