import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { MillraceError } from '@millrace/core';
import { Command } from 'commander';

import { type CliContext, runCli } from './cli.ts';

let printed: string;
let complained: string;

beforeEach(() => {
  printed = '';
  complained = '';
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => ((printed += String(text)), true));
  jest.spyOn(process.stderr, 'write').mockImplementation((text) => ((complained += String(text)), true));
});
afterEach(() => {
  jest.restoreAllMocks();
});

const greet = (context: CliContext): Command =>
  new Command('greet').requiredOption('--name <name>').action(({ name }: { name: string }) => {
    if (name === 'nobody') context.exitWith(1);
    if (name === 'away') throw new MillraceError('KAFKA_UNAVAILABLE', 'no broker answers');
    if (name === 'wrong') throw new MillraceError('CONFIG_INVALID', '1 problem(s)');
    context.print({ text: `hello ${name}`, json: { greeting: name } });
  });

it.each([
  [['greet', '--name', 'ada'], 0],
  [['greet', '--name', 'nobody'], 1],
  [['greet', '--name', 'wrong'], 2],
  [['greet', '--name', 'away'], 3],
  [['greet'], 2],
  [['greet', '--nmae', 'ada'], 2],
  [['unknown'], 2],
  [['--output', 'xml', 'greet', '--name', 'ada'], 2],
  [['--help'], 0],
])('%j ends with exit code %d', async (args, exitCode) => {
  expect(await runCli([greet], args, {})).toBe(exitCode);
});

it.each([[['--output', 'json', 'greet', '--name', 'ada']], [['greet', '--name', 'ada', '--output', 'json']]])(
  '%j answers in JSON',
  async (args) => {
    await runCli([greet], args, {});
    expect(JSON.parse(printed)).toEqual({ greeting: 'ada' });
  },
);

it('tells programs what went wrong in JSON too, and people in a sentence', async () => {
  await runCli([greet], ['greet', '--name', 'away', '--output', 'json'], {});
  expect(JSON.parse(complained)).toEqual({ error: { code: 'KAFKA_UNAVAILABLE', message: 'no broker answers' } });
  complained = '';
  await runCli([greet], ['greet', '--name', 'away'], {});
  expect(complained).toBe('\n✖ no broker answers\n');
});
