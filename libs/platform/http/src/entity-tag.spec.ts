import { describe, expect, test } from '@jest/globals';

import { entityTag, matchesIfNoneMatch, parseIfMatch } from './index.ts';

describe('If-Match', () => {
  test.each([
    ['"7"', 7],
    [' "123456789012345" ', 123_456_789_012_345],
    ['*', undefined],
    [undefined, undefined],
  ])('%p asks for version %p', (header, version) => expect(parseIfMatch(header)).toBe(version));

  test.each(['W/"7"', '"abc"', '"0"', '"-1"', '""', '"1234567890123456"'])('%p can match no version: 412', (header) => {
    expect(() => parseIfMatch(header)).toThrow(expect.objectContaining({ status: 412, code: 'PRECONDITION_FAILED' }));
  });

  test.each(['7', '"7', '"7", "8"', ''])('%p is not one entity tag: 400', (header) => {
    expect(() => parseIfMatch(header)).toThrow(expect.objectContaining({ status: 400, code: 'HEADER_INVALID' }));
  });
});

describe('If-None-Match', () => {
  test('any of the tags, weak or strong, or a star', () => {
    expect(entityTag(7)).toBe('"7"');
    expect(['"7"', 'W/"7"', '"6", "7"', '*'].map((header) => matchesIfNoneMatch(header, 7))).toEqual([
      true,
      true,
      true,
      true,
    ]);
    expect([undefined, '"6"', '7'].map((header) => matchesIfNoneMatch(header, 7))).toEqual([false, false, false]);
  });
});
