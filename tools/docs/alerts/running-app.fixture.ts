import { type ChildProcess, spawn } from 'node:child_process';
import { resolve } from 'node:path';

import type { Environment } from '@millrace/config';
import { eventually } from '@millrace/testing';

import { type Scrape, scrape } from './scrape.ts';

const apps = resolve(import.meta.dirname, '../../../apps');

/** A real app in a process of its own, that is scraped. */
export class RunningApp {
  readonly #name: string;
  readonly #child: ChildProcess;
  #output = '';
  #instance = '';

  constructor(name: string, environment: Environment) {
    this.#name = name;
    this.#child = spawn(process.execPath, [resolve(apps, name, 'src/main.ts')], {
      env: { PATH: process.env['PATH'], HOST: '127.0.0.1', PORT: '0', ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (chunk: Buffer) => (this.#output += chunk.toString()));
    }
  }

  /** Resolves once it listens. @throws Error with its log when it does not */
  async listens(): Promise<this> {
    const found = () => /"port":(\d+),"pid":\d+,"msg":"listening"/.exec(this.#output)?.[1];
    const port = await eventually(found, { timeoutMs: 60_000 }).catch(() => {
      throw new Error(`${this.#name} does not listen:\n${this.#output}`);
    });
    this.#instance = `127.0.0.1:${port}`;
    return this;
  }

  scrape(): Promise<Scrape> {
    return scrape({ app: this.#name, instance: this.#instance });
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const ended = new Promise((done) => this.#child.once('exit', done));
    this.#child.kill('SIGTERM');
    await ended;
  }
}
