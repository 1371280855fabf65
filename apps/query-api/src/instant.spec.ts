import { describe, expect, test } from '@jest/globals';

import { isInstant, utcInstant } from './instant.ts';

describe('instants', () => {
  test.each([
    ['2026-01-31T12:00:00Z', '2026-01-31T12:00:00Z'],
    ['2026-01-31T12:00:00.123456+01:30', '2026-01-31T10:30:00.123456Z'],
    ['2024-02-29T00:00:00-14:00', '2024-02-29T14:00:00Z'],
  ])('%s is %s', (text, utc) => expect(utcInstant(text)).toBe(utc));

  test.each([
    '',
    'now',
    '2026-01-31',
    '2026-01-31 12:00:00Z',
    '2026-02-29T00:00:00Z',
    '2026-01-31T24:00:00Z',
    '2026-01-31T12:00:00',
    '2026-01-31T12:00:00.1234567Z',
    '0999-01-01T00:00:00Z',
    7,
  ])('%p is none', (value) => expect(isInstant(value)).toBe(false));
});
