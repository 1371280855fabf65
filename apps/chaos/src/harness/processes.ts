/** Processes of the stack: only those that it started itself, known by their command line, are ever signalled. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { TestStack } from '@millrace/testing/stack';

/** Text that the command line of each part of the infrastructure contains; apps have their `main.ts`. */
const infrastructure: Readonly<Record<string, (home: string) => string>> = {
  postgres: (home) => join(home, 'postgres', 'data'),
  kafka: (home) => join(home, 'kafka', 'server.properties'),
  connect: (home) => join(home, 'connect.properties'),
  registry: () => 'apicurio-registry-app',
};

/**
 * Process of a service that runs.
 * @throws Error when there is none, or a stranger has its number
 */
export function processOf(stack: TestStack, name: string): number {
  const pid = stack.services().find((service) => service.name === name)?.process?.pid;
  if (pid === undefined) throw new Error(`${name} does not run`);
  const expected = infrastructure[name]?.(stack.home) ?? join('apps', name, 'src', 'main.ts');
  const commandLine = commandLineOf(pid);
  if (!commandLine.includes(expected))
    throw new Error(`process ${pid} is not ${name}, and will not be signalled: ${commandLine}`);
  return pid;
}

/** Sends a signal to a service and to all that it has started. A service that does not run just now is left alone. */
export function signalService(stack: TestStack, name: string, signal: NodeJS.Signals): boolean {
  let pid: number;
  try {
    pid = processOf(stack, name);
  } catch {
    return false;
  }
  const all = signal === 'SIGKILL' || signal === 'SIGTERM' ? [pid] : [pid, ...childrenOf(pid)];
  for (const one of all) {
    try {
      process.kill(one, signal);
    } catch {
      // It has ended in the meantime.
    }
  }
  return true;
}

/** Processes whose parent is `pid`. */
export function childrenOf(pid: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((candidate) => parentOf(candidate) === pid);
}

/** Command line of a process, arguments separated by blanks; empty when it is gone. */
export function commandLineOf(pid: number): string {
  return read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim();
}

function parentOf(pid: number): number {
  return Number(read(`/proc/${pid}/stat`).split(') ').at(-1)?.split(' ')[1]);
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
