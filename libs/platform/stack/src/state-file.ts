import { readFileSync } from 'node:fs';

import type { Home } from './home.ts';
import { isRunning, type ProcessIdentity } from './supervisor/processes.ts';
import type { ServiceStatus } from './supervisor/service.ts';
import type { ServiceState } from './supervisor/service-state.ts';
import { writeAtomically } from './write-atomically.ts';

/** The addresses of a running stack, as `millrace status` prints them and the apps read them. */
export type StackEnv = {
  readonly MILLRACE_URL: string;
  readonly DATABASE_URL: string;
  readonly KAFKA_BROKERS: string;
  readonly SCHEMA_REGISTRY_URL: string;
  readonly CONNECT_URL: string;
};

/** One service as the state file knows it. */
export type RecordedService = {
  readonly name: string;
  readonly state: ServiceState;
  readonly url: string;
  readonly process?: ProcessIdentity;
};

/** Content of `state.json`: what runs, who supervises it, where it answers. Ports outlive a stop. */
export type RecordedStack = {
  /** Absent once everything has been stopped. */
  readonly supervisor?: ProcessIdentity;
  readonly ports: Readonly<Record<string, number>>;
  readonly services: readonly RecordedService[];
  readonly env: StackEnv;
};

/** Reads the state of a home; undefined when no stack was ever started there. */
export function readState(home: Home): RecordedStack | undefined {
  try {
    return JSON.parse(readFileSync(home.stateFile, 'utf8')) as RecordedStack;
  } catch {
    return undefined;
  }
}

/** Replaces the state of a home. It holds the password of the development database, so others may not read it. */
export function writeState(home: Home, state: RecordedStack): void {
  writeAtomically(home.stateFile, `${JSON.stringify(state, null, 2)}\n`, 0o600);
}

/** What a status becomes in the state file. */
export function recorded({ name, state, url, process }: ServiceStatus): RecordedService {
  return { name, state, url, ...(process && { process }) };
}

/** Answer of `millrace status`. */
export type StackStatus = {
  readonly ready: boolean;
  readonly services: readonly {
    readonly name: string;
    readonly state: ServiceState;
    readonly pid: number | null;
    readonly url: string;
  }[];
  readonly env: StackEnv;
};

/** The stack that runs on a home, verified against the processes that exist; undefined when nothing runs. */
export function stackStatus(home: Home): StackStatus | undefined {
  const state = readState(home);
  if (!state?.supervisor || !isRunning(state.supervisor)) return undefined;
  const services = state.services.map(({ name, url, process, state: recordedState }) => {
    const runs = process !== undefined && isRunning(process);
    // The supervisor needs a moment to notice that a process has ended.
    return {
      name,
      state: recordedState === 'ready' && !runs ? ('backoff' as const) : recordedState,
      pid: runs ? process.pid : null,
      url,
    };
  });
  return { ready: services.every((service) => service.state === 'ready'), services, env: state.env };
}
