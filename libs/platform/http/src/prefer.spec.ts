import { expect, test } from '@jest/globals';

import { prefersAsync } from './index.ts';

test.each([
  [undefined, false],
  ['', false],
  ['respond-async', true],
  ['Respond-Async', true],
  ['wait=10, respond-async', true],
  [['return=minimal', 'respond-async; foo'], true],
  ['respond-async=yes', false],
  ['not-respond-async', false],
  ['foo="a, respond-async, b"', false],
  ['foo="a \\" b", respond-async', true],
])('CIM-7 Prefer: %s → %s', (header, expected) => expect(prefersAsync(header)).toBe(expected));
