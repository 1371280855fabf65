/** One embedded stack under attack: what scenarios may do to it. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

import { eventually } from '@millrace/testing';
import { cliPath, startTestStack, type TestStack, type TestStackOptions } from '@millrace/testing/stack';

import type { AppPlan, ChaosPlan } from './preload.ts';
import { childrenOf, commandLineOf, processOf, signalService } from './processes.ts';
import { limitFolder, type Quota } from './quota.ts';

const READY_MS = 240_000;

/** Starts and stops faults. Everything that it breaks it can mend; what cannot be mended ends with the stack. */
export class ChaosStack {
  readonly stack: TestStack;
  /** Folder for journals, plans and clocks; removed with the stack. */
  readonly work: string;
  readonly #plan: Record<string, AppPlan> = {};
  /** Of every Node process of the stack. */
  readonly environment: NodeJS.ProcessEnv;
  readonly #liftLimit: () => void;

  private constructor(
    stack: TestStack,
    parts: { work: string; environment: NodeJS.ProcessEnv; liftLimit: () => void },
  ) {
    this.stack = stack;
    this.work = parts.work;
    this.environment = parts.environment;
    this.#liftLimit = parts.liftLimit;
    process.once('exit', this.#removeData);
  }

  /** @param quota limits one folder of the stack. @throws QuotaForbidden */
  static async start(options: TestStackOptions = {}, quota?: Quota): Promise<ChaosStack> {
    const work = mkdtempSync(join(tmpdir(), 'millrace-chaos-'));
    const home = join(work, 'home');
    const liftLimit = quota ? limitFolder(home, quota) : () => undefined;
    const preload = new URL('preload.ts', import.meta.url).href;
    const environment = {
      ...process.env,
      ...options.environment,
      NODE_OPTIONS: `--import ${preload}`,
      CHAOS_PLAN: join(work, 'plan.json'),
      LOG_LEVEL: 'warn',
      // JVMs that die every minute spend most of their time in the better compiler.
      JAVA_TOOL_OPTIONS: '-XX:TieredStopAtLevel=1',
    };
    try {
      const stack = await startTestStack({ ...options, home, environment });
      return new ChaosStack(stack, { work, environment, liftLimit });
    } catch (error) {
      liftLimit();
      rmSync(work, { recursive: true, force: true });
      throw error;
    }
  }

  async stop(): Promise<void> {
    await this.stack.end();
    process.off('exit', this.#removeData);
    this.#removeData();
  }

  readonly #removeData = (): void => {
    this.#liftLimit();
    rmSync(this.work, { recursive: true, force: true, maxRetries: 3 });
  };

  /** Names of all apps. */
  get apps(): string[] {
    return this.stack
      .services()
      .filter(({ kind }) => kind === 'app')
      .map(({ name }) => name);
  }

  get services(): string[] {
    return this.stack.services().map(({ name }) => name);
  }

  get brokers(): string[] {
    return this.stack.env.KAFKA_BROKERS.split(',');
  }

  stateOf(name: string): string {
    return this.stack.services().find((service) => service.name === name)?.state ?? 'absent';
  }

  urlOf(name: string): string {
    return this.stack.services().find((service) => service.name === name)?.url ?? '';
  }

  /**
   * SIGKILL. The supervisor of the stack starts it again. Waits until it is ready, or the kill would only hit a process
   * that is starting and has nothing under way.
   */
  async kill(name: string): Promise<void> {
    await eventually(() => this.stateOf(name) === 'ready', { timeoutMs: READY_MS });
    await eventually(() => signalService(this.stack, name, 'SIGKILL'), { timeoutMs: READY_MS });
  }

  /** SIGKILL to whichever of these runs, at the same moment. */
  killAll(names: readonly string[]): void {
    for (const name of names) signalService(this.stack, name, 'SIGKILL');
  }

  /** SIGTERM, as a rolling restart does it; resolves when it is ready again as another process. */
  async restart(name: string): Promise<void> {
    const before = await eventually(() => processOf(this.stack, name), { timeoutMs: READY_MS });
    signalService(this.stack, name, 'SIGTERM');
    await eventually(() => this.stateOf(name) === 'ready' && processOf(this.stack, name) !== before, {
      timeoutMs: READY_MS,
    });
  }

  /** SIGSTOP for so long, with all its children. */
  async freeze(name: string, milliseconds: number): Promise<void> {
    const pid = await eventually(() => processOf(this.stack, name), { timeoutMs: READY_MS });
    const frozen = [pid, ...childrenOf(pid)];
    for (const one of frozen) sendTo(one, 'SIGSTOP');
    await delay(milliseconds);
    for (const one of frozen) sendTo(one, 'SIGCONT');
  }

  /** Kills the children of Postgres that do a certain thing, such as `walsender`. @returns how many */
  async killBackends(title: string): Promise<number> {
    const postmaster = await eventually(() => processOf(this.stack, 'postgres'), { timeoutMs: READY_MS });
    const victims = childrenOf(postmaster).filter((pid) => commandLineOf(pid).includes(title));
    for (const pid of victims) sendTo(pid, 'SIGTERM');
    return victims.length;
  }

  /** Resolves when all of the stack is ready. @throws Error naming what is not */
  async untilReady(timeoutMs = READY_MS): Promise<void> {
    const broken = () => this.stack.services().filter(({ state }) => state !== 'ready');
    await eventually(() => broken().length === 0, { timeoutMs, intervalMs: 100 }).catch(() => {
      const names = broken().map(({ name, state, problem }) => `${name} is ${state}: ${problem ?? ''}`);
      throw new Error(`not ready within ${timeoutMs} ms: ${names.join('; ')}`);
    });
  }

  /** What the processes of an app suffer from their next start on. */
  plan(app: string, plan: AppPlan): void {
    this.#plan[app] = plan;
    writeFileSync(join(this.work, 'plan.json'), JSON.stringify(this.#plan satisfies ChaosPlan));
  }

  /** Runs a command of the command line, as an operator does. @throws Error with what it said */
  async cli(...args: readonly string[]): Promise<string> {
    const all = [cliPath, ...args, '--home', this.stack.home];
    const { stdout } = await promisify(execFile)(process.execPath, all, { env: this.environment });
    return stdout;
  }

  /** The same, ended by SIGKILL after so long. */
  async killedCli(milliseconds: number, ...args: readonly string[]): Promise<void> {
    const all = [cliPath, ...args, '--home', this.stack.home];
    const child = spawn(process.execPath, all, { env: this.environment, stdio: 'ignore' });
    const ended = once(child, 'exit');
    await delay(milliseconds);
    child.kill('SIGKILL');
    await ended;
  }

  /** Copies all logs to a folder of the system's temporary one, which outlives the stack. @returns the folder */
  keepLogs(name: string): string {
    const folder = mkdtempSync(join(tmpdir(), `millrace-red-${name}-`));
    cpSync(join(this.stack.home, 'logs'), folder, { recursive: true });
    return folder;
  }

  /** What an app has logged since the stack was made. */
  logOf(app: string): string {
    return readFileSync(join(this.stack.home, 'logs', `${app}.log`), 'utf8');
  }

  /** Text of an app's page `path`, or why there is none. */
  async ask(app: string, path: string): Promise<{ readonly status: number; readonly text: string }> {
    try {
      const response = await fetch(this.urlOf(app) + path, { signal: AbortSignal.timeout(3_000) });
      return { status: response.status, text: await response.text() };
    } catch (error) {
      return { status: 0, text: String(error) };
    }
  }
}

function sendTo(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended in the meantime.
  }
}
