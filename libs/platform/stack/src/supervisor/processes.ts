import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** A process id with what tells it from a later process of the same number. */
export type ProcessIdentity = { readonly pid: number; readonly startedAt: string };

const hasProc = existsSync('/proc/self/stat');

/** Identity of a running process; undefined when none has the number. A zombie does not run. */
export function identify(pid: number): ProcessIdentity | undefined {
  const startedAt = hasProc ? startTicks(pid) : startTime(pid);
  return startedAt === undefined ? undefined : { pid, startedAt };
}

/** Whether the very process that was identified still runs. */
export function isRunning(identity: ProcessIdentity): boolean {
  return identify(identity.pid)?.startedAt === identity.startedAt;
}

/** Command line of a running process, arguments separated by blanks; undefined when none has the number. */
export function commandLineOf(pid: number): string | undefined {
  if (!Number.isInteger(pid) || pid <= 1) return undefined;
  if (!hasProc) return ps(pid, 'command=');
  return read(`/proc/${pid}/cmdline`)?.replaceAll('\0', ' ').trim() || undefined;
}

/** Sends a signal to a process and all of its group; false when it is gone. */
export function signalGroup(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, signal);
    return true;
  } catch {
    return false;
  }
}

/** Asks a process to end, and after `patienceMs` makes it. Resolves when it is gone. */
export async function endProcess(pid: number, patienceMs: number): Promise<void> {
  const identity = identify(pid);
  if (!identity) return;
  signalProcess(pid, 'SIGINT');
  if (await isGoneWithin(identity, patienceMs)) return;
  signalProcess(pid, 'SIGKILL');
  await isGoneWithin(identity, 2_000);
}

function signalProcess(pid: number, signal: NodeJS.Signals): void {
  if (!signalGroup(pid, signal)) {
    try {
      process.kill(pid, signal);
    } catch {
      // It has ended in the meantime, which is what was wanted.
    }
  }
}

async function isGoneWithin(identity: ProcessIdentity, patienceMs: number): Promise<boolean> {
  const deadline = performance.now() + patienceMs;
  while (isRunning(identity)) {
    if (performance.now() > deadline) return false;
    await delay(50);
  }
  return true;
}

/** Fields 3 and 22 of `stat`: state, and start in clock ticks after boot. Field 2 is a name and may contain anything. */
function startTicks(pid: number): string | undefined {
  const fields = read(`/proc/${pid}/stat`)?.split(') ').at(-1)?.split(' ');
  return fields?.[0] === 'Z' ? undefined : fields?.[19];
}

function startTime(pid: number): string | undefined {
  return ps(pid, 'lstart=');
}

function ps(pid: number, column: string): string | undefined {
  try {
    return execFileSync('ps', ['-o', column, '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined;
  } catch {
    return undefined;
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
