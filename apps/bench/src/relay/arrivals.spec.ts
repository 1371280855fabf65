import { describe, expect, it } from '@jest/globals';

import { Arrivals, placeOf } from './arrivals.ts';

const record = (key: string, version: number) => ({
  ...{ key, offset: 0, value: null, timestampMs: 0 },
  headers: { ce_aggregateversion: String(version) },
});

describe('what a consumer was given', () => {
  it('is in order when versions of each aggregate follow each other, over turns too', () => {
    const arrivals = new Arrivals();
    arrivals.note([record('a', 1), record('b', 1), record('a', 2)], 10);
    arrivals.begin();
    arrivals.note([record('a', 3)], 20);
    expect([arrivals.received, arrivals.receivedEver, arrivals.disorder]).toEqual([1, 4, []]);
    expect([arrivals.timeOf(placeOf('a', 3)), arrivals.timeOf(placeOf('a', 2))]).toEqual([20, undefined]);
  });

  it.each([
    ['a gap', [1, 3], 'version 3 of a came after 1'],
    ['a repetition', [1, 1], 'version 1 of a came after 1'],
    ['a step back', [1, 2, 1, 2], 'version 1 of a came after 2'],
    ['a missing beginning', [2], 'version 2 of a came after 0'],
  ])('%s is told', (_, versions, problem) => {
    const arrivals = new Arrivals();
    arrivals.note(
      versions.map((version) => record('a', version)),
      0,
    );
    expect(arrivals.disorder).toContain(problem);
  });
});
