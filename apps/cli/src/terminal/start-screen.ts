import type { StackProgress } from '@millrace/stack';

import type { Colors } from './colors.ts';
import { renderLine, type StartLine, startLine, textColumn } from './start-lines.ts';

const isEnd = (line: StartLine, before: StartLine | undefined): boolean =>
  line.state !== 'running' && line.state !== before?.state;

/** Where the report goes: standard output, or a test. */
export type Screen = { readonly isTTY?: boolean; readonly columns?: number; write(text: string): unknown };

const refreshMs = 100;
/** Longest silence in a pipe while something is going on and has news. */
const quietMs = 5_000;

/**
 * Shows how a stack starts. On a terminal each step and service has one line that is redrawn in place; elsewhere a
 * line is printed when something has come to an end, and every five seconds of a long step. After `finish` every change is a line of its own.
 */
export class StartScreen {
  readonly #screen: Screen;
  readonly #colors: Colors;
  readonly #lines = new Map<string, { line: StartLine; at: number }>();
  #drawnLines = 0;
  #printedAt = performance.now();
  #timer: NodeJS.Timeout | undefined;

  constructor(screen: Screen, colors: Colors) {
    this.#screen = screen;
    this.#colors = colors;
    if (screen.isTTY) this.#timer = setInterval(() => this.#draw(), refreshMs).unref();
  }

  /** Takes note of progress. */
  show(progress: StackProgress): void {
    const line = startLine(progress);
    const before = this.#lines.get(line.name)?.line;
    this.#lines.set(line.name, { line, at: performance.now() });
    if (this.#timer) this.#draw();
    else if (progress.kind === 'step' && !progress.done ? this.#isDue(line, before) : isEnd(line, before))
      this.#print(line);
  }

  /** Whether to mention that something is still going on: not every file of a download. */
  #isDue(line: StartLine, before: StartLine | undefined): boolean {
    return line.text !== before?.text && performance.now() - this.#printedAt > quietMs;
  }

  #print(line: StartLine): void {
    this.#printedAt = performance.now();
    this.#screen.write(`${renderLine(line, this.#colors)}\n`);
  }

  /** Leaves what is drawn and goes on line by line. */
  finish(): void {
    clearInterval(this.#timer);
    if (this.#timer) this.#draw();
    this.#timer = undefined;
  }

  #draw(): void {
    const now = performance.now();
    const width = (this.#screen.columns ?? 80) - 1;
    const rows = [...this.#lines.values()].map(({ line, at }) =>
      renderLine({ ...line, text: line.text.slice(0, Math.max(0, width - textColumn)) }, this.#colors, now - at),
    );
    const up = this.#drawnLines > 0 ? `\u001b[${this.#drawnLines}A` : '';
    this.#screen.write(`${up}${rows.map((row) => `\u001b[2K${row}\n`).join('')}`);
    this.#drawnLines = rows.length;
  }
}
