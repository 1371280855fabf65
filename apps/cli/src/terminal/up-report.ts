import type { Environment } from '@millrace/config';
import type { EmbeddedStack, Home, StackProgress } from '@millrace/stack';

import type { CliContext } from '../cli.ts';
import { homeArgument } from '../home-option.ts';
import { colorsFor } from './colors.ts';
import { StartScreen } from './start-screen.ts';
import { summary } from './summary.ts';

/** What `millrace up` says while it runs. */
export type UpReport = {
  readonly progress: (progress: StackProgress) => void;
  /** Every service is ready. */
  readonly ready: () => void;
  readonly line: (text: string) => void;
  /** Where everything is, and what to try. */
  readonly places: (stack: EmbeddedStack) => void;
  readonly stopping: () => void;
  readonly stopped: () => void;
  /** Leaves the screen as it is, before an error is printed. */
  readonly end: () => void;
};

/** For people, or under `--output json` one JSON object per line for programs. */
export function createReport({ environment, wantsJson, print }: CliContext, home: Home): UpReport {
  return wantsJson() ? jsonReport(print) : textReport(home, environment);
}

function textReport(home: Home, environment: Environment): UpReport {
  const { stdout } = process;
  const startedAt = performance.now();
  const colors = colorsFor(stdout, environment);
  stdout.write(`\n  ${colors.bold('Millrace')}\n\n`);
  const screen = new StartScreen(stdout, colors);
  let stoppingAt = 0;
  return {
    progress: (progress) => screen.show(progress),
    ready: () => {
      screen.finish();
      stdout.write(`\n  ${colors.bold(`Ready in ${secondsSince(startedAt)}`)}\n`);
    },
    line: (text) => void stdout.write(`${text}\n`),
    places: (stack) => {
      const argument = homeArgument(home, environment);
      stdout.write(
        summary({ env: stack.env, services: stack.services(), logs: home.logs, homeArgument: argument }, colors),
      );
    },
    stopping: () => {
      screen.finish();
      stoppingAt = performance.now();
      stdout.write('\n  Stopping\n\n');
    },
    stopped: () => {
      stdout.write(`\n  Stopped in ${secondsSince(stoppingAt)}. The data stays in ${home.root}\n`);
      stdout.write(`  ${colors.dim('Start again with npm start, or delete the folder to start anew.')}\n\n`);
    },
    end: () => screen.finish(),
  };
}

function secondsSince(startedAt: number): string {
  return `${((performance.now() - startedAt) / 1_000).toFixed(1)} s`;
}

function jsonReport(print: CliContext['print']): UpReport {
  const write = (json: unknown): void => print({ json, text: '' });
  return {
    progress: (progress) => write(progress),
    ready: () => write({ kind: 'ready' }),
    line: (text) => write({ kind: 'line', text }),
    places: ({ env }) => write({ kind: 'places', env }),
    stopping: () => write({ kind: 'stopping' }),
    stopped: () => write({ kind: 'stopped' }),
    end: () => undefined,
  };
}
