import { expect, it } from '@jest/globals';

import { parseOptions } from './options.ts';
import type { Suite } from './suites/suite.ts';

const suite = (name: string): Suite => ({ name, about: '', experiments: [] });
const all = [suite('append'), suite('growth')];

it('runs every suite quickly unless told otherwise', () => {
  expect(parseOptions([], all)).toEqual({
    ...{ mode: 'run', suites: all, scale: 'quick', rounds: 3, seed: 1, output: 'text', reference: false },
  });
});

it('takes suites, arms, rounds and a seed', () => {
  const asked = parseOptions(['growth', '--full', '--arms', 'a,b', '--rounds', '3', '--seed', '7'], all);
  expect(asked).toMatchObject({ suites: [all[1]], scale: 'full', arms: ['a', 'b'], rounds: 3, seed: 7 });
});

it('--full has more rounds', () => {
  expect(parseOptions(['--full'], all).rounds).toBe(9);
});

it.each([
  [['cdc'], 'there is no suite cdc; there are append, growth'],
  [['--quick', '--full'], 'exclude each other'],
  [['--rounds', '0'], '--rounds takes whole numbers'],
  [['--output', 'xml'], '--output is one of'],
])('refuses %j', (args, message) => {
  expect(() => parseOptions(args, all)).toThrow(message);
});
