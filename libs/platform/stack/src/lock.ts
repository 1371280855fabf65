import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';

import { MillraceError } from '@millrace/core';

import type { Home } from './home.ts';
import { readState, type RecordedStack } from './state-file.ts';
import { endProcess, identify, isRunning, type ProcessIdentity } from './supervisor/processes.ts';

/** Thrown when another supervisor runs on the same data. */
export class AlreadyRunning extends MillraceError {
  readonly supervisor: ProcessIdentity;

  constructor(home: Home, supervisor: ProcessIdentity) {
    super('STACK_FAILED', `the stack of ${home.root} is already running, supervised by process ${supervisor.pid}`);
    this.supervisor = supervisor;
  }
}

/**
 * Makes this process the only supervisor of a home.
 * @returns gives the home back
 * @throws AlreadyRunning
 */
export function lockHome(home: Home): () => void {
  const unlock = (): void => rmSync(home.lockFile, { force: true });
  const own = `${home.lockFile}.${process.pid}`;
  writeFileSync(own, JSON.stringify(identify(process.pid)));
  try {
    while (!linkedTo(own, home.lockFile)) removeIfAbandoned(home);
    return unlock;
  } finally {
    rmSync(own, { force: true });
  }
}

/** Gives a file a second name, unless something has it: creating and filling the lock is one step. */
function linkedTo(file: string, name: string): boolean {
  try {
    linkSync(file, name);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Removes the lock of a supervisor that was killed. It is moved aside and read once more: of two starts that both found
 * it abandoned, the slower one would otherwise remove the lock that the faster one has made since.
 */
function removeIfAbandoned(home: Home): void {
  throwIfHeld(home, home.lockFile);
  const aside = `${home.lockFile}.${process.pid}.aside`;
  try {
    renameSync(home.lockFile, aside);
  } catch {
    return;
  }
  try {
    throwIfHeld(home, aside);
  } catch (error) {
    linkedTo(aside, home.lockFile);
    throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

function throwIfHeld(home: Home, file: string): void {
  const holder = lockHolder(file);
  if (holder && isRunning(holder)) throw new AlreadyRunning(home, holder);
}

function lockHolder(file: string): ProcessIdentity | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as ProcessIdentity;
  } catch {
    return undefined;
  }
}

/** Ends what a killed supervisor has left running, dependents first. Only processes that are still the recorded ones. */
export async function endOrphans(home: Home): Promise<number> {
  const services = readState(home)?.services ?? [];
  const orphans = services.flatMap(({ process: recorded }) => (recorded && isRunning(recorded) ? [recorded] : []));
  await Promise.all(orphans.map(({ pid }) => endProcess(pid, 3_000)));
  return orphans.length;
}

/** Ports that the last stack on a home used. */
export function rememberedPorts(home: Home): RecordedStack['ports'] {
  return readState(home)?.ports ?? {};
}
