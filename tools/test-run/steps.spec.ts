import { describe, expect, test } from '@jest/globals';

import { steps, stepsNamed } from './steps.ts';

describe('the steps of npm test', () => {
  test('no name means all of them', () => {
    expect(stepsNamed([])).toEqual(steps);
  });

  test('keep their order, whatever order they are asked for in', () => {
    expect(stepsNamed(['unit', 'lint']).map(({ name }) => name)).toEqual(['lint', 'unit']);
  });
});
