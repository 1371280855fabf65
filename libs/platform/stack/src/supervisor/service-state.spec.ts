import { expect, it } from '@jest/globals';

import { backoffMs, stateAfterEnd } from './service-state.ts';

it('waits longer after each end in a row, and never more than 15 seconds', () => {
  expect([1, 2, 3, 4, 5, 6, 7, 100].map(backoffMs)).toEqual([500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000]);
});

it.each([
  { firstStart: true, startTimeIsOver: false, endsInARow: 5, state: 'backoff' },
  { firstStart: true, startTimeIsOver: false, endsInARow: 6, state: 'failed' },
  { firstStart: true, startTimeIsOver: true, endsInARow: 1, state: 'failed' },
  { firstStart: false, startTimeIsOver: true, endsInARow: 100, state: 'backoff' },
] as const)('first start $firstStart, time over $startTimeIsOver, $endsInARow ends: $state', ({ state, ...end }) => {
  expect(stateAfterEnd(end)).toBe(state);
});
