import { expect, test } from '@jest/globals';

import { seconds, summary } from './summary.ts';

test('the summary is a table, the failures, and the counts alone on the last line', () => {
  const outcomes = [
    { step: 'typecheck', count: { passed: 1, failures: [] }, elapsedMs: 4_321 },
    { step: 'unit', count: { passed: 230, failures: ['ORD-24 ships once (failed)'] }, elapsedMs: 192_000 },
  ];
  expect(summary(outcomes)).toBe(
    [
      'step       passed  failed        time',
      'typecheck       1       0       4.3 s',
      'unit          230       1  3 min 12 s',
      '',
      'Failed:',
      '  unit: ORD-24 ships once (failed)',
      '',
      '231 passed, 1 failed',
    ].join('\n'),
  );
});

test('elapsed time is in seconds, and in minutes from one minute on', () => {
  expect(seconds(420)).toBe('0.4 s');
  expect(seconds(60_000)).toBe('1 min 0 s');
  expect(seconds(119_900)).toBe('2 min 0 s');
});
