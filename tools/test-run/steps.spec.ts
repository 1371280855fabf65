import { describe, expect, test } from '@jest/globals';

import { steps, stepsNamed } from './steps.ts';

describe('the steps of npm test', () => {
  test('no name means all of them but those on demand', () => {
    expect(stepsNamed([])).toEqual(steps.filter(({ name }) => name !== 'chaos'));
    expect(stepsNamed(['chaos']).map(({ name }) => name)).toEqual(['chaos']);
  });

  test('keep their order, whatever order they are asked for in', () => {
    expect(stepsNamed(['unit', 'lint']).map(({ name }) => name)).toEqual(['lint', 'unit']);
  });
});
