import { describe, expect, test } from '@jest/globals';

import { idsIn, withoutIds } from './requirement-ids.ts';

describe('requirement ids', () => {
  test.each([
    ['SHR-8 T-1 one wins', ['SHR-8', 'T-1']],
    ['ORD-23…25 matrix', ['ORD-23', 'ORD-24', 'ORD-25']],
    ['ORD-9…ORD-10 both ends', ['ORD-9', 'ORD-10']],
    ['not UTF-8, SHA-256 or XT-1', []],
  ])('%s', (text, ids) => {
    expect(idsIn(text)).toEqual(ids);
  });

  test('a name reads without them', () => {
    expect(withoutIds('SHR-6 JOB-9, ORD-23…27: refuses')).toBe('refuses');
  });
});
