import { expect, it } from '@jest/globals';

import { parseOptions, repeatCommand } from './options.ts';
import { Random } from './random.ts';
import type { Scenario } from './scenarios/scenario.ts';

const scenario = (name: string, quick: boolean): Scenario => ({
  name,
  quick,
  numbers: [],
  about: '',
  inject: async () => undefined,
});
const all = [scenario('a', true), scenario('b', false)];
const namesOf = (...args: string[]) => parseOptions(args, all).scenarios.map(({ name }) => name);

it('runs everything once unless told otherwise', () => {
  expect(parseOptions([], all)).toMatchObject({ mode: 'run', scenarios: all, suite: { seeds: [1], output: 'text' } });
});

it('takes lists and ranges of seeds, and names of scenarios', () => {
  expect(parseOptions(['--seeds', '1-3,7'], all).suite.seeds).toEqual([1, 2, 3, 7]);
  expect(namesOf('--scenario', 'b')).toEqual(['b']);
  expect(namesOf('--quick')).toEqual(['a']);
});

it.each([
  [['--seeds', 'x'], '--seeds takes whole numbers'],
  [['--scenario', 'c'], 'there is no scenario c'],
  [['--output', 'xml'], '--output is one of text, json, markdown'],
])('refuses %j', (args, message) => {
  expect(() => parseOptions(args, all)).toThrow(message);
});

it('says how to repeat a run', () => {
  expect(repeatCommand({ scenario: 'a', seed: 4 })).toBe('npm run chaos -- --scenario a --seeds 4');
});

it('one seed is one course of things', () => {
  const course = (seed: string) => {
    const random = new Random(seed);
    return [random.between(1, 6), random.pick(['x', 'y', 'z']), random.shuffled([1, 2, 3, 4]), random.fork('f').next()];
  };
  expect(course('7 kill')).toEqual(course('7 kill'));
  expect(course('7 kill')).not.toEqual(course('8 kill'));
});
