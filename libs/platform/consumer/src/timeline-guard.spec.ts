import { describe, expect, test } from '@jest/globals';

import { checkTimeline } from './timeline-guard.ts';

const at = { topic: 'counters', partition: 3 };

describe('a member compares the stored position with what it stored itself', () => {
  test.each([
    ['nothing was stored by it yet', undefined, { lsn: 5, epoch: 1 }],
    ['nobody has moved it since', { lsn: 5, epoch: 1 }, { lsn: 5, epoch: 1 }],
    ['somebody has moved it later', { lsn: 5, epoch: 1 }, { lsn: 9, epoch: 1 }],
    ['a recovery has ended that timeline', { lsn: 9, epoch: 1 }, { lsn: 5, epoch: 2 }],
  ])('T-17 goes on where %s', (_case, remembered, stored) => {
    expect(() => checkTimeline(at, { stored, remembered })).not.toThrow();
  });

  test.each([
    ['earlier', { lsn: 9, epoch: 1 }, { lsn: 8, epoch: 1 }],
    ['in a timeline before its own', { lsn: 9, epoch: 2 }, { lsn: 5, epoch: 1 }],
  ])('T-17 waits where the position was moved %s', (_case, remembered, stored) => {
    const wait = expect.objectContaining({ code: 'STORE_WENT_BACK', retriable: true, facts: at });
    expect(() => checkTimeline(at, { stored, remembered })).toThrow(wait);
  });
});
