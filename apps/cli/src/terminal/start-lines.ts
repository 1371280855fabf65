import type { ServiceStatus, StackProgress } from '@millrace/stack';

import type { Colors } from './colors.ts';

/** One line of the start report: what it is about, how it stands, since when. */
export type StartLine = {
  readonly name: string;
  readonly text: string;
  readonly state: 'running' | 'done' | 'waiting' | 'failed' | 'off';
  /** Age in milliseconds when the line was made; a running one grows older on the screen. */
  readonly elapsedMs: number;
};

const nameWidth = 32;

/** Column in which the text of a line begins. */
export const textColumn = nameWidth + 13;

/** The line that a progress message is about. */
export function startLine(progress: StackProgress): StartLine {
  if (progress.kind === 'service') return serviceLine(progress.status);
  const { step, text, elapsedMs, done } = progress;
  return { name: step, text, elapsedMs, state: done ? 'done' : 'running' };
}

function serviceLine({ name, state, url, elapsedMs, restarts, problem = '' }: ServiceStatus): StartLine {
  switch (state) {
    case 'ready':
      return { name, text: url, elapsedMs, state: 'done' };
    case 'starting':
      return { name, text: restarts > 0 ? `starting again (${restarts})` : 'starting', elapsedMs, state: 'running' };
    case 'unready':
      return { name, text: `runs but is not ready: ${firstLine(problem)}`, elapsedMs, state: 'waiting' };
    case 'backoff':
      return {
        name,
        text: `will be started again (${restarts}): ${firstLine(problem)}`,
        elapsedMs,
        state: 'waiting',
      };
    case 'failed':
      return { name, text: 'failed', elapsedMs, state: 'failed' };
    case 'stopping':
      return { name, text: 'stopping', elapsedMs, state: 'running' };
    case 'stopped':
      return { name, text: 'stopped', elapsedMs, state: 'off' };
  }
}

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? '';

const marks = { running: '…', done: '✔', waiting: '↻', failed: '✖', off: '–' } as const;

/** Text of a line, `ageMs` after it was made. */
export function renderLine(line: StartLine, colors: Colors, ageMs = 0): string {
  const paint = {
    running: colors.cyan,
    done: colors.green,
    waiting: colors.yellow,
    failed: colors.red,
    off: colors.dim,
  }[line.state];
  const elapsedMs = line.state === 'done' ? line.elapsedMs : line.elapsedMs + ageMs;
  const seconds = (line.state === 'off' ? '' : `${(elapsedMs / 1_000).toFixed(1)} s`).padStart(7);
  return `  ${paint(marks[line.state])} ${line.name.padEnd(nameWidth)}${colors.dim(seconds)}  ${line.text}`;
}
