/** The command line in the process of a spec: what it would print is kept. */
import { jest } from '@jest/globals';
import type { Environment } from '@millrace/config';

import { type CommandFactory, runCli } from '../cli.ts';

/** How a run ended, and what it said. */
export type CapturedRun = {
  readonly exitCode: number;
  /** To standard output. */
  readonly printed: string;
  /** To standard error. */
  readonly complained: string;
};

/** Runs commands one after the other. */
export class CapturedCli {
  readonly #commands: readonly CommandFactory[];
  readonly #environment: () => Environment;
  #printed = '';
  #complained = '';

  /** @param environment asked at each run, so that it may come from a set-up before the tests */
  constructor(commands: readonly CommandFactory[], environment: () => Environment) {
    this.#commands = commands;
    this.#environment = environment;
  }

  /** What the newest run has printed so far. */
  get printed(): string {
    return this.#printed;
  }

  /** What the newest run has written to standard error so far. */
  get complained(): string {
    return this.#complained;
  }

  /** @param change variables that are other than usual */
  async run(args: readonly string[], change: Environment = {}): Promise<CapturedRun> {
    this.#printed = this.#complained = '';
    const spies = [
      jest.spyOn(process.stdout, 'write').mockImplementation((text) => ((this.#printed += String(text)), true)),
      jest.spyOn(process.stderr, 'write').mockImplementation((text) => ((this.#complained += String(text)), true)),
    ];
    try {
      const exitCode = await runCli(this.#commands, args, { ...this.#environment(), ...change });
      return { exitCode, printed: this.#printed, complained: this.#complained };
    } finally {
      for (const spy of spies) spy.mockRestore();
    }
  }

  /** The JSON answer of a run. @throws Error when the run does not end with 0 */
  async answer<T>(args: readonly string[]): Promise<T> {
    const { exitCode, printed, complained } = await this.run([...args, '--output', 'json']);
    if (exitCode !== 0) throw new Error(`${args.join(' ')} ended with ${exitCode}: ${printed}${complained}`);
    return JSON.parse(printed) as T;
  }
}
