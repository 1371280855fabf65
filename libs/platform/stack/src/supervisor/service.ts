import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

import { MillraceError } from '@millrace/core';

import type { Component } from '../components/component.ts';
import type { ProcessLog } from './process-log.ts';
import { identify, type ProcessIdentity, signalGroup } from './processes.ts';
import { backoffMs, type ServiceState, stableAfterMs, stateAfterEnd } from './service-state.ts';

const probeIntervalMs = 100;
const watchIntervalMs = 2_000;

/** What is known of a service at a moment. */
export type ServiceStatus = {
  readonly name: string;
  readonly kind: Component['kind'];
  readonly state: ServiceState;
  readonly url: string;
  readonly process?: ProcessIdentity;
  /** For a service that is ready: how long it took. For others: since when it is not. */
  readonly elapsedMs: number;
  /** How often the process has ended without being asked to. */
  readonly restarts: number;
  /** What is wrong, in the states unready, backoff and failed. */
  readonly problem?: string;
};

/**
 * One supervised process.
 *
 *     stopped ──start──▶ starting ──probe answers──▶ ready ◀──probe──▶ unready
 *        ▲                │     ▲                      │                  │
 *        │     exit, time │     │ delay over           │ exit             │ exit
 *     stopping            ▼     │                      │                  │
 *        ▲               backoff ◀─────────────────────┴──────────────────┘
 *        │                │
 *      stop               └─ never ready, start time over ──▶ failed
 *   (from any state)
 */
export class Service {
  readonly component: Component;
  readonly log: ProcessLog;
  readonly #onChange: (status: ServiceStatus) => void;
  #state: ServiceState = 'stopped';
  #child: ChildProcess | undefined;
  #process: ProcessIdentity | undefined;
  #restarts = 0;
  #problem: string | undefined;
  /** Since when the service is not ready. */
  #downSince = 0;
  #readyAfterMs = 0;
  /** Aborted by `stop`: ends waiting of every kind. */
  #stopping = new AbortController();
  #loop: Promise<void> = Promise.resolve();

  constructor(component: Component, log: ProcessLog, onChange: (status: ServiceStatus) => void) {
    this.component = component;
    this.log = log;
    this.#onChange = onChange;
  }

  get status(): ServiceStatus {
    return {
      name: this.component.name,
      kind: this.component.kind,
      state: this.#state,
      url: this.component.url,
      ...(this.#process && { process: this.#process }),
      elapsedMs: this.#state === 'ready' ? this.#readyAfterMs : performance.now() - this.#downSince,
      restarts: this.#restarts,
      ...(this.#problem !== undefined && { problem: this.#problem }),
    };
  }

  /**
   * Starts the process and keeps it running until `stop`. Resolves when it is ready for the first time.
   * @throws MillraceError `STACK_FAILED` when its start time is over first, or it is stopped
   */
  async start(): Promise<void> {
    if (this.#state !== 'stopped' && this.#state !== 'failed') return;
    this.#stopping = new AbortController();
    this.#downSince = performance.now();
    const firstReady = Promise.withResolvers<void>();
    this.#loop = this.#keepRunning(firstReady);
    await firstReady.promise;
  }

  /** Ends the process, by SIGKILL when it takes longer than its component allows. Resolves when it is gone. */
  async stop(): Promise<void> {
    if (this.#state === 'stopped' || this.#state === 'failed') return;
    this.#stopping.abort();
    if (this.#child) this.#enter('stopping');
    await this.#endChild();
    await this.#loop;
    this.#enter('stopped');
  }

  /** Sends a signal to the process and its group; nothing else changes, so what ends is restarted. */
  signal(signal: NodeJS.Signals): void {
    if (this.#process) signalGroup(this.#process.pid, signal);
  }

  async #keepRunning(firstReady: PromiseWithResolvers<void>): Promise<void> {
    const stopped = this.#stopping.signal;
    const startMs = this.component.startTimeoutMs;
    const firstDeadline = performance.now() + startMs;
    let firstStart = true;
    let endsInARow = 0;
    while (!stopped.aborted) {
      const deadline = firstStart ? firstDeadline : performance.now() + startMs;
      const { readyMs, problem } = await this.#live(deadline, firstReady.resolve);
      if (stopped.aborted) break;
      firstStart &&= readyMs === undefined;
      endsInARow = (readyMs ?? 0) > stableAfterMs ? 1 : endsInARow + 1;
      this.#restarts += 1;
      this.#problem = problem;
      this.log.note(problem);
      this.#enter(stateAfterEnd({ firstStart, startTimeIsOver: performance.now() >= deadline, endsInARow }));
      if (this.#state === 'failed') return firstReady.reject(this.#failure(problem));
      await delay(backoffMs(endsInARow), undefined, { signal: stopped }).catch(() => undefined);
    }
    firstReady.reject(new MillraceError('STACK_FAILED', `${this.component.name} was stopped before it was ready`));
  }

  /** One life of the process, from preparation to its end: for how long it was ready, if it was, and why it ended. */
  async #live(deadline: number, onReady: () => void): Promise<{ readyMs?: number; problem: string }> {
    this.#problem = undefined;
    this.#enter('starting');
    try {
      await this.component.prepare(this.#stopping.signal);
      this.#stopping.signal.throwIfAborted();
      const ended = this.#spawn();
      await this.#untilReady(deadline, ended);
      this.log.settle();
      this.#readyAfterMs = performance.now() - this.#downSince;
      this.#enter('ready');
      onReady();
      const readyAt = performance.now();
      await this.#watch(ended);
      this.#downSince = performance.now();
      return { readyMs: this.#downSince - readyAt, problem: String(ended.reason) };
    } catch (error) {
      await this.#endChild();
      return { problem: error instanceof Error ? error.message : String(error) };
    }
  }

  /** Starts the process. The signal that is returned is aborted when the process has ended, with how it ended. */
  #spawn(): AbortSignal {
    const { file, args, env, cwd } = this.component.command;
    const ended = new AbortController();
    this.log.begin();
    // A group of its own: Ctrl-C in the terminal reaches the supervisor alone, which then stops all in order.
    const child = spawn(file, args, { env: { ...env }, cwd, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    const onEnd = (reason: string) => {
      this.#child = undefined;
      this.#process = undefined;
      ended.abort(reason);
    };
    child.stdout.on('data', (chunk: Buffer) => this.log.write(chunk));
    child.stderr.on('data', (chunk: Buffer) => this.log.write(chunk));
    child.once('error', (error) => onEnd(error.message));
    child.once('exit', (code, signal) => onEnd(`the process ended with ${signal ?? `exit code ${code}`}`));
    this.#child = child;
    this.#process = child.pid === undefined ? undefined : identify(child.pid);
    this.#enter('starting');
    return ended.signal;
  }

  async #untilReady(deadline: number, ended: AbortSignal): Promise<void> {
    for (;;) {
      const problem = await this.#probe();
      if (ended.aborted) throw new Error(String(ended.reason));
      if (problem === undefined) return;
      if (performance.now() > deadline)
        throw new Error(`not ready within ${this.component.startTimeoutMs / 1_000} s: ${problem}`);
      await delay(probeIntervalMs, undefined, { signal: ended }).catch(() => undefined);
    }
  }

  /** Until the process has ended: `unready` while its probe fails. One slow answer is nothing; two in a row are. */
  async #watch(ended: AbortSignal): Promise<void> {
    let failures = 0;
    for (;;) {
      await delay(watchIntervalMs, undefined, { signal: ended }).catch(() => undefined);
      const problem = ended.aborted ? undefined : await this.#probe();
      if (ended.aborted) return;
      failures = problem === undefined ? 0 : failures + 1;
      const state = failures > 1 ? 'unready' : 'ready';
      if (state === this.#state || this.#stopping.signal.aborted || failures === 1) continue;
      if (state === 'unready') this.#downSince = performance.now();
      else this.#readyAfterMs = performance.now() - this.#downSince;
      this.#problem = problem;
      this.#enter(state);
    }
  }

  /** What is wrong, or undefined when it is ready. */
  async #probe(): Promise<string | undefined> {
    try {
      return (await this.component.isReady(this.log)) ? undefined : 'it does not answer';
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  async #endChild(): Promise<void> {
    const child = this.#child;
    if (child?.pid === undefined) return;
    const exit = once(child, 'exit');
    signalGroup(child.pid, this.component.stopSignal);
    const patience = new AbortController();
    const isOver = delay(this.component.stopTimeoutMs, 'over', { signal: patience.signal }).catch(() => 'ended');
    if ((await Promise.race([exit, isOver])) === 'over') signalGroup(child.pid, 'SIGKILL');
    await exit;
    patience.abort();
  }

  #enter(state: ServiceState): void {
    this.#state = state;
    this.#onChange(this.status);
  }

  #failure(problem: string): MillraceError {
    const { name } = this.component;
    const lines = this.log.tail.map((line) => `    ${line}`).join('\n');
    const message = `${name} did not start: ${problem}\n\n  Its last lines:\n${lines}\n\n  Log:   ${this.log.path}\n  Next:  tail -n 100 ${this.log.path}`;
    return new MillraceError('STACK_FAILED', message, { facts: { service: name, log: this.log.path } });
  }
}
