import { expect, it, jest } from '@jest/globals';
import type { ServiceStatus, StackProgress } from '@millrace/stack';

import { colorsFor } from './colors.ts';
import { StartScreen } from './start-screen.ts';

const colors = colorsFor({ isTTY: false }, {});

const kafka = (state: ServiceStatus['state'], changes: Partial<ServiceStatus> = {}): StackProgress => ({
  kind: 'service',
  status: {
    name: 'kafka',
    kind: 'infrastructure',
    state,
    url: '127.0.0.1:19092',
    elapsedMs: 3_149,
    restarts: 0,
    ...changes,
  },
});
const jars = (text: string, done: boolean): StackProgress => ({
  kind: 'step',
  step: 'jars',
  text,
  elapsedMs: 16_000,
  done,
});

function screenOf(isTTY: boolean, columns = 80) {
  let written = '';
  const output = { isTTY, columns, write: (text: string) => (written += text) };
  return { output, text: () => written };
}

it('prints to a pipe one line for each thing that has come to an end, and no control characters', () => {
  const { output, text } = screenOf(false);
  const screen = new StartScreen(output, colors);
  [jars('3 files, 12 MB', false), jars('fetched', true), kafka('starting'), kafka('starting'), kafka('ready')].forEach(
    (progress) => screen.show(progress),
  );
  screen.finish();
  expect(text()).toBe(
    `  ✔ jars                             16.0 s  fetched\n  ✔ kafka                             3.1 s  127.0.0.1:19092\n`,
  );
});

it('prints to a pipe that a long step goes on, when it has news and has been silent for five seconds', () => {
  const clock = jest.spyOn(performance, 'now').mockReturnValue(0);
  const { output, text } = screenOf(false);
  const screen = new StartScreen(output, colors);
  for (const [now, files] of [
    [1_000, 1],
    [6_000, 2],
    [7_000, 3],
    [20_000, 3],
  ] as const) {
    clock.mockReturnValue(now);
    screen.show(jars(`${files} files`, false));
  }
  clock.mockRestore();
  expect(text()).toBe('  … jars                             16.0 s  2 files\n');
});

it('redraws on a terminal, one line for each thing, none wider than the terminal', () => {
  const { output, text } = screenOf(true, 60);
  const screen = new StartScreen(output, colors);
  [
    jars('3 files, 12 MB', false),
    kafka('starting'),
    kafka('ready', { url: 'scheme://a-host-with-a-long-name:19092' }),
  ].forEach((progress) => screen.show(progress));
  screen.finish();
  // eslint forbids control characters in patterns; splitting at the escape shows what each redraw consists of.
  const redraws = text().split('\u001b[2A').slice(1);
  expect(redraws.length).toBeGreaterThanOrEqual(2);
  const rows = (redraws.at(-1) ?? '').split('\n').filter(Boolean);
  expect(rows.map((row) => row.replace('\u001b[2K', '').length <= 59)).toEqual([true, true]);
  expect(rows[1]).toContain('kafka');
});

it('goes on line by line after the start, and says why a service is away', () => {
  const { output, text } = screenOf(true);
  const screen = new StartScreen(output, colors);
  screen.show(kafka('ready'));
  screen.finish();
  const before = text().length;
  screen.show(kafka('backoff', { restarts: 1, problem: 'the process ended with SIGKILL\nmore' }));
  expect(text().slice(before)).toBe(
    '  ↻ kafka                             3.1 s  will be started again (1): the process ended with SIGKILL\n',
  );
});

it.each([
  [{ isTTY: true }, {}, true],
  [{ isTTY: false }, {}, false],
  [{ isTTY: true }, { NO_COLOR: '1' }, false],
  [{ isTTY: true }, { TERM: 'dumb' }, false],
])('colours %j with %j: %s', (output, environment, colored) => {
  expect(colorsFor(output, environment).red('x') !== 'x').toBe(colored);
});
