import { describe, expect, test } from '@jest/globals';

import { RetryBudget } from './retry-budget.ts';

describe('RetryBudget', () => {
  test('SHR-33 gives so many retries at once, and one more after each while, never more than at first', () => {
    const clock = { now: 0 };
    const budget = new RetryBudget({ retries: 2, refillMs: 1_000 }, () => clock.now);
    const spend = (times: number) => Array.from({ length: times }, () => budget.spend());
    expect(spend(3)).toEqual([true, true, false]);
    clock.now = 900;
    expect(spend(1)).toEqual([false]);
    clock.now = 1_000;
    expect(spend(2)).toEqual([true, false]);
    clock.now = 60_000;
    expect(spend(3)).toEqual([true, true, false]);
  });
});
