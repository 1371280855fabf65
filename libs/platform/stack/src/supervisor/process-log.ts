import { closeSync, fstatSync, openSync, renameSync, writeSync } from 'node:fs';

import type { ProcessOutput } from '../components/component.ts';

const rotateAtBytes = 10 * 1024 * 1024;
const tailLines = 20;

/** Log of one service: a file, with one older generation beside it, and the last lines in memory for error messages. */
export class ProcessLog implements ProcessOutput {
  readonly path: string;
  #file: number;
  #sizeBytes: number;
  #tail: string[] = [];
  #unfinishedLine = '';
  /** Everything since the process started, until it is ready. */
  #sinceStart: string[] | undefined;
  /** Texts that were asked for and found. */
  readonly #found = new Set<string>();

  constructor(path: string) {
    this.path = path;
    this.#file = openSync(path, 'a');
    this.#sizeBytes = fstatSync(this.#file).size;
  }

  /** Called before each start of the process. */
  begin(): void {
    this.#sinceStart = [];
    this.#found.clear();
  }

  /** Called when readiness has been established: only what has been found by then is remembered. */
  settle(): void {
    this.#sinceStart = undefined;
  }

  write(chunk: Buffer): void {
    if (this.#sizeBytes > rotateAtBytes) this.#rotate();
    writeSync(this.#file, chunk);
    this.#sizeBytes += chunk.length;
    const lines = (this.#unfinishedLine + chunk.toString('utf8')).split('\n');
    this.#unfinishedLine = lines.pop() ?? '';
    this.#tail = [...this.#tail, ...lines].slice(-tailLines);
    this.#sinceStart?.push(...lines);
  }

  /** A line of the supervisor's own. */
  note(text: string): void {
    this.write(Buffer.from(`-- ${text.trimEnd()}\n`));
  }

  hasPrinted(text: string): boolean {
    if (this.#sinceStart?.some((line) => line.includes(text))) this.#found.add(text);
    return this.#found.has(text);
  }

  /** The last 20 lines. */
  get tail(): readonly string[] {
    return this.#unfinishedLine ? [...this.#tail, this.#unfinishedLine].slice(-tailLines) : this.#tail;
  }

  close(): void {
    closeSync(this.#file);
  }

  #rotate(): void {
    closeSync(this.#file);
    renameSync(this.path, `${this.path}.1`);
    this.#file = openSync(this.path, 'a');
    this.#sizeBytes = 0;
  }
}
