import { execFile, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

import type { Environment } from '@millrace/config';
import { MillraceError } from '@millrace/core';

/** What Maven is asked to fetch, and where to. */
export type MavenRequest = {
  readonly pom: string;
  readonly directory: string;
  readonly environment: Environment;
  readonly onProgress: (line: string) => void;
  readonly signal: AbortSignal;
};

/** Whether `mvn` is on the PATH and runs. */
export async function hasMaven(environment: Environment): Promise<boolean> {
  try {
    await promisify(execFile)('mvn', ['-version'], { env: { ...environment } });
    return true;
  } catch {
    return false;
  }
}

/**
 * Copies everything that a pom names into one folder. Mirrors and proxies are Maven's own business (settings.xml).
 * @throws MillraceError `STACK_FAILED` with what Maven said
 */
export async function fetchWithMaven({ pom, directory, environment, onProgress, signal }: MavenRequest): Promise<void> {
  const goals = ['dependency:copy-dependencies', 'dependency:copy'];
  const child = spawn('mvn', ['-B', '-f', pom, ...goals, `-DoutputDirectory=${directory}`], {
    env: { ...environment },
    stdio: ['ignore', 'pipe', 'ignore'],
    signal,
  });
  const exit = Promise.withResolvers<number | null>();
  child.once('error', exit.reject);
  child.once('close', exit.resolve);

  const errors: string[] = [];
  const progress = new DownloadProgress();
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line.includes('ERROR')) errors.push(line);
    if (progress.count(line)) onProgress(progress.toString());
  });
  const code = await exit.promise;
  if (code !== 0)
    throw new MillraceError(
      'STACK_FAILED',
      `Maven could not fetch the jars (exit ${code}):\n  ${errors.slice(0, 3).join('\n  ')}`,
    );
}

const bytesPerUnit: Readonly<Record<string, number>> = { B: 1, kB: 1e3, MB: 1e6, GB: 1e9 };

/** Adds up what Maven says it has downloaded. */
export class DownloadProgress {
  #files = 0;
  #bytes = 0;

  /** Whether the line was about a finished download. */
  count(line: string): boolean {
    const match = /Downloaded from \S+: \S+ \(([\d.]+) ([kMG]?B)/.exec(line);
    if (!match) return false;
    this.#files += 1;
    this.#bytes += Number(match[1]) * (bytesPerUnit[match[2] ?? 'B'] ?? 1);
    return true;
  }

  toString(): string {
    return `${this.#files} files, ${(this.#bytes / 1e6).toFixed(0)} MB`;
  }
}
