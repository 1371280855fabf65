import { join } from 'node:path';

import { MillraceError } from '@millrace/core';

import type { Component } from '../components/component.ts';
import { ProcessLog } from './process-log.ts';
import { signalGroup } from './processes.ts';
import { Service, type ServiceStatus } from './service.ts';

/** Keeps a set of components running: starts each as soon as what it depends on is ready, stops in reverse. */
export class Supervisor {
  readonly #services: ReadonlyMap<string, Service>;
  #allStopped: Promise<void> | undefined;

  constructor(components: readonly Component[], logs: string, onChange: (status: ServiceStatus) => void) {
    const service = (component: Component) =>
      new Service(component, new ProcessLog(join(logs, `${component.name}.log`)), onChange);
    this.#services = new Map(components.map((component) => [component.name, service(component)]));
    process.once('exit', this.#killAll);
  }

  get statuses(): ServiceStatus[] {
    return [...this.#services.values()].map(({ status }) => status);
  }

  /**
   * Starts the named services and resolves when all are ready.
   * @throws MillraceError `STACK_FAILED` of the first that failed
   */
  async start(names: readonly string[]): Promise<void> {
    const starts = new Map<string, Promise<void>>();
    const startOnce = (name: string): Promise<void> => {
      const start = starts.get(name) ?? this.#startAfterDependencies(name, startOnce);
      starts.set(name, start);
      return start;
    };
    await Promise.all(names.map(startOnce));
  }

  async #startAfterDependencies(name: string, startOnce: (name: string) => Promise<void>): Promise<void> {
    const service = this.#service(name);
    await Promise.all(service.component.dependsOn.map(startOnce));
    await service.start();
  }

  /** Stops one service, and leaves it stopped. */
  async stop(name: string): Promise<void> {
    await this.#service(name).stop();
  }

  /** Stops everything, for good: each service once those that depend on it are gone. */
  stopAll(): Promise<void> {
    this.#allStopped ??= this.#stopInReverse();
    return this.#allStopped;
  }

  async #stopInReverse(): Promise<void> {
    const services = [...this.#services.values()];
    const stops = new Map<string, Promise<void>>();
    const stopOnce = (service: Service): Promise<void> => {
      const { name } = service.component;
      const dependents = services.filter(({ component }) => component.dependsOn.includes(name));
      const stop = stops.get(name) ?? Promise.all(dependents.map(stopOnce)).then(() => service.stop());
      stops.set(name, stop);
      return stop;
    };
    await Promise.all(services.map(stopOnce));
    for (const { log } of services) log.close();
    process.off('exit', this.#killAll);
  }

  /** Sends a signal to a service, whose end, if it ends, is repaired like any other. */
  signal(name: string, signal: NodeJS.Signals): void {
    this.#service(name).signal(signal);
  }

  #service(name: string): Service {
    const service = this.#services.get(name);
    if (!service)
      throw new MillraceError(
        'STACK_FAILED',
        `there is no service ${name}; there are ${[...this.#services.keys()].join(', ')}`,
      );
    return service;
  }

  /** The last resort, when this process exits without having stopped them. */
  readonly #killAll = (): void => {
    for (const { process: running } of this.statuses) if (running) signalGroup(running.pid, 'SIGKILL');
  };
}
