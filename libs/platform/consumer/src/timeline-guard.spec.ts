import { describe, expect, test } from '@jest/globals';

import { checkTimeline } from './timeline-guard.ts';

const at = { topic: 'counters', partition: 3 };
const HALF = 2 ** 31;

describe('a member compares the stored position with what it stored itself', () => {
  test.each([
    ['nothing was stored by it yet', undefined, { transactionId: 5, epoch: 1 }],
    ['nobody has moved it since', { transactionId: 5, epoch: 1 }, { transactionId: 5, epoch: 1 }],
    ['somebody has moved it later', { transactionId: 5, epoch: 1 }, { transactionId: 9, epoch: 1 }],
    ['ids have gone round since', { transactionId: 2 ** 32 - 2, epoch: 1 }, { transactionId: 3, epoch: 1 }],
    ['a recovery has ended that timeline', { transactionId: 9, epoch: 1 }, { transactionId: 5, epoch: 2 }],
  ])('T-17 goes on where %s', (_case, remembered, stored) => {
    expect(() => checkTimeline(at, { stored, remembered })).not.toThrow();
  });

  test.each([
    ['earlier', { transactionId: 9, epoch: 1 }, { transactionId: 8, epoch: 1 }],
    ['earlier, before the ids went round', { transactionId: 3, epoch: 1 }, { transactionId: 2 ** 32 - 2, epoch: 1 }],
    ['long ago', { transactionId: HALF, epoch: 1 }, { transactionId: 1, epoch: 1 }],
    ['in a timeline before its own', { transactionId: 9, epoch: 2 }, { transactionId: 5, epoch: 1 }],
  ])('T-17 waits where the position was moved %s', (_case, remembered, stored) => {
    const wait = expect.objectContaining({ code: 'STORE_WENT_BACK', retriable: true, facts: at });
    expect(() => checkTimeline(at, { stored, remembered })).toThrow(wait);
  });
});
