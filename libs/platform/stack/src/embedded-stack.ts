import type { Environment } from '@millrace/config';

import { type AppName, apps, memberNames } from './components/apps.ts';
import { stackComponents, type StackParts } from './components/components.ts';
import { createHome, homeAt } from './home.ts';
import { lockHome } from './lock.ts';
import { portNumbers, prepareStack } from './prepare-stack.ts';
import { beginStep, type OnProgress } from './progress.ts';
import { stackEnv, type StackEnvironment } from './stack-environment.ts';
import { clusterShape, singleShape } from './stack-shape.ts';
import { recorded, type StackEnv, writeState } from './state-file.ts';
import { identify } from './supervisor/processes.ts';
import type { ServiceStatus } from './supervisor/service.ts';
import { Supervisor } from './supervisor/supervisor.ts';

/** How to start a stack. */
export type EmbeddedStackOptions = {
  /** Folder of all its data; made when it does not exist, continued when it does. */
  readonly home: string;
  /** Apps to run besides the infrastructure. */
  readonly apps: readonly AppName[] | 'all' | 'none';
  /** Three brokers, two Connect workers, two members of each group instead of one of each. For the life of the home. */
  readonly cluster?: boolean;
  /** First port to try for the gateway, default 4000. 0 takes every port of the stack from a random free region. */
  readonly port?: number;
  /** What the processes inherit, and where JAVA_HOME, PATH and XDG_CACHE_HOME are looked up. */
  readonly environment: Environment;
  readonly onProgress?: OnProgress;
  /** Runs between infrastructure and apps: migrations, topics, schemas, connector. */
  readonly deploy?: (environment: Environment, log: (line: string) => void) => Promise<void>;
  /** Gives up starting, and stops what has been started. */
  readonly signal?: AbortSignal;
};

/** A running stack. */
export type EmbeddedStack = {
  /** The addresses for outsiders. */
  readonly env: StackEnv;
  /** Everything that `deploy` and the apps are configured with. */
  readonly environment: StackEnvironment;
  services(): readonly ServiceStatus[];
  /** Sends a signal to a service. What ends by it is restarted by the supervisor. */
  kill(name: string, signal: NodeJS.Signals): void;
  /** Stops a service and leaves it stopped until `resume`, which resolves when it is ready again. */
  pause(name: string): Promise<void>;
  resume(name: string): Promise<void>;
  /** Stops everything in order, within 10 seconds. The data stays. */
  stop(): Promise<void>;
};

/**
 * Starts Postgres, Kafka, Connect and the registry, deploys, starts the apps; resolves when all are ready.
 * @throws AlreadyRunning when another process supervises the same home
 * @throws MillraceError `STACK_FAILED` when something is missing or does not start; nothing is left running
 */
export async function startEmbeddedStack(options: EmbeddedStackOptions): Promise<EmbeddedStack> {
  const { environment, port = 4_000, onProgress = () => undefined, signal = new AbortController().signal } = options;
  const shape = options.cluster ? clusterShape : singleShape;
  const home = homeAt(options.home);
  createHome(home);
  const unlock = lockHome(home);
  try {
    const parts = await prepareStack(home, { shape, environment, port, onProgress, signal });
    return await start(parts, { ...options, onProgress, signal }, unlock);
  } catch (error) {
    unlock();
    throw error;
  }
}

type StartOptions = EmbeddedStackOptions & { readonly onProgress: OnProgress; readonly signal: AbortSignal };

async function start(parts: StackParts, options: StartOptions, unlock: () => void): Promise<EmbeddedStack> {
  const { stack } = parts;
  const { supervisor, recordStopped } = supervise(parts, options);
  const giveUp = () => void supervisor.stopAll();
  options.signal.addEventListener('abort', giveUp);
  try {
    await startInOrder(supervisor, parts, options);
  } catch (error) {
    await supervisor.stopAll();
    await Promise.all(Object.values(parts.held).map(({ release }) => release()));
    recordStopped();
    throw error;
  } finally {
    options.signal.removeEventListener('abort', giveUp);
  }
  return {
    env: stackEnv({ ...parts, ports: portNumbers(parts.held) }),
    environment: stack,
    services: () => supervisor.statuses,
    kill: (name, signal) => supervisor.signal(name, signal),
    pause: (name) => supervisor.stop(name),
    resume: (name) => supervisor.start([name]),
    stop: async () => {
      await supervisor.stopAll();
      recordStopped();
      unlock();
    },
  };
}

/** A supervisor of the chosen components, whose every change is written to the state file and told. */
function supervise(parts: StackParts, { apps: chosen, onProgress }: StartOptions) {
  const { home } = parts;
  const ports = portNumbers(parts.held);
  const env = stackEnv({ ...parts, ports });
  const self = identify(process.pid);
  const components = stackComponents(parts, chosenApps(chosen));
  const record = (running: boolean) =>
    writeState(home, {
      ...(running && self && { supervisor: self }),
      ports,
      env,
      services: supervisor.statuses.map(recorded),
    });
  const supervisor: Supervisor = new Supervisor(components, home.logs, (status) => {
    record(true);
    onProgress({ kind: 'service', status });
  });
  return { supervisor, recordStopped: () => record(false) };
}

function chosenApps(chosen: EmbeddedStackOptions['apps']): readonly AppName[] {
  if (chosen === 'none') return [];
  return chosen === 'all' ? apps.map(({ name }) => name) : chosen;
}

async function startInOrder(
  supervisor: Supervisor,
  { stack, shape }: StackParts,
  { apps: chosen, deploy, environment, onProgress, signal }: StartOptions,
): Promise<void> {
  signal.throwIfAborted();
  const infrastructure = supervisor.statuses.filter(({ kind }) => kind === 'infrastructure');
  await supervisor.start(infrastructure.map(({ name }) => name));
  if (deploy) {
    const deploying = beginStep(onProgress, 'deploy');
    await deploy({ ...environment, ...stack }, (line) => deploying(line, false));
    deploying('deployed', true);
  }
  // One member of each group after the other: all at once they would only keep each other from starting.
  const names = chosenApps(chosen);
  const members = apps.filter(({ name }) => names.includes(name)).map((app) => memberNames(app, shape));
  for (let wave = 0; wave < shape.membersPerGroup; wave += 1)
    await supervisor.start(members.flatMap((ofApp) => ofApp[wave] ?? []));
}
