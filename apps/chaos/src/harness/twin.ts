/** A second member of a consumer group: the same app once more, with the environment of the first. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';

import { eventually } from '@millrace/testing';

import type { ChaosStack } from './chaos-stack.ts';
import { processOf } from './processes.ts';

/** A process beside those of the stack; ended by whoever started it. */
export type Twin = {
  /** SIGKILL or SIGTERM; resolves when it is gone. */
  end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>;
};

/** Starts a twin of an app that runs. */
export async function startTwin({ stack }: ChaosStack, app: string): Promise<Twin> {
  const pid = await eventually(() => processOf(stack, app), { timeoutMs: 120_000 });
  const entries = readFileSync(`/proc/${pid}/environ`, 'utf8')
    .split('\0')
    .filter((entry) => entry.includes('='))
    .map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]);
  const [file = '', ...args] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
  const env = { ...(Object.fromEntries(entries) as NodeJS.ProcessEnv), PORT: '0' };
  const child = spawn(file, args, { env, stdio: 'ignore' });
  return { end: (signal) => endChild(child, signal) };
}

async function endChild(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill(signal);
  await exit;
}
