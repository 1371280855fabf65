import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { homeAt, stackStatus } from '@millrace/stack';
import { eventually } from '@millrace/testing';

const main = join(import.meta.dirname, '..', 'main.ts');
let home = '';
let started: ChildProcess[] = [];

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'millrace-up-'));
  started = [];
});
afterEach(async () => {
  const running = started.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null);
  await Promise.all(running.map((child) => end(child, 'SIGTERM')));
  rmSync(home, { recursive: true, force: true });
});

function cli(...args: string[]) {
  const child = spawn(process.execPath, [main, ...args, '--home', home], { stdio: ['ignore', 'pipe', 'pipe'] });
  const run = { child, output: '', exitCode: new Promise<number | null>((resolve) => child.once('exit', resolve)) };
  child.stdout.on('data', (chunk: Buffer) => (run.output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (run.output += chunk.toString()));
  started.push(child);
  return run;
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  const exit = new Promise<number | null>((resolve) => child.once('exit', resolve));
  child.kill(signal);
  return exit;
}

const upInfrastructure = () => cli('up', '--only', 'infrastructure');
const runningPids = () => stackStatus(homeAt(home))?.services.flatMap(({ pid }) => pid ?? []) ?? [];

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

it('ends what a killed supervisor left, says so, runs once only, and stops with nothing left', async () => {
  const killed = upInfrastructure();
  await eventually(() => runningPids().length >= 2, { timeoutMs: 60_000 });
  const orphans = runningPids();
  await end(killed.child, 'SIGKILL');
  expect(await cli('status').exitCode).toBe(3);

  const second = upInfrastructure();
  await eventually(() => second.output.includes('Ready in'), { timeoutMs: 200_000 });
  expect(second.output).toMatch(/ended \d processes left by a killed supervisor/);
  expect(orphans.filter((pid) => isAlive(pid) && !runningPids().includes(pid))).toEqual([]);

  const third = upInfrastructure();
  expect(await third.exitCode).toBe(0);
  expect(third.output).toContain(`Already running on the data of ${home}, supervised by process ${second.child.pid}`);
  expect(await cli('status').exitCode).toBe(0);

  const pids = runningPids();
  expect(pids).toHaveLength(4);
  const stopsAt = performance.now();
  expect(await end(second.child, 'SIGTERM')).toBe(0);
  expect(performance.now() - stopsAt).toBeLessThan(10_000);
  expect(second.output).toContain('Stopped in');
  expect(pids.filter(isAlive)).toEqual([]);
}, 300_000);

it('stops at once while it is starting', async () => {
  const up = upInfrastructure();
  await eventually(() => runningPids().length >= 1, { timeoutMs: 60_000 });
  const pids = runningPids();
  const stopsAt = performance.now();
  expect(await end(up.child, 'SIGINT')).toBe(0);
  expect(performance.now() - stopsAt).toBeLessThan(10_000);
  expect(pids.filter(isAlive)).toEqual([]);
  expect(up.output).not.toContain('✖');
});
