import { describe, expect, test } from '@jest/globals';

import { parseIdempotencyKey, requestHash } from './index.ts';

describe('Idempotency-Key', () => {
  test('SHR-29 bare and quoted forms name the same key', () => {
    expect(parseIdempotencyKey('8e03978e-40d5')).toBe('8e03978e-40d5');
    expect(parseIdempotencyKey('"8e03978e-40d5"')).toBe('8e03978e-40d5');
    expect(parseIdempotencyKey('"a \\"b\\" \\\\"')).toBe('a "b" \\');
    expect(parseIdempotencyKey('k'.repeat(255))).toHaveLength(255);
    expect(parseIdempotencyKey(undefined)).toBeUndefined();
  });

  test.each(['', '""', '"open', 'two, keys', 'ümlaut', '"bad \\n"', 'k'.repeat(256), ['a', 'b']])(
    '%p is refused',
    (header) => {
      expect(() => parseIdempotencyKey(header)).toThrow(
        expect.objectContaining({ status: 400, code: 'HEADER_INVALID' }),
      );
    },
  );
});

describe('request hash', () => {
  const hash = (body: unknown, path = '/v1/orders', method = 'POST') => requestHash({ method, path, body });

  test('the order of fields does not count', () => {
    expect(hash({ a: 1, b: { c: [1, 2], d: null } })).toBe(hash({ b: { d: null, c: [1, 2] }, a: 1 }));
  });

  test('values, the order of items, the path and the method count', () => {
    const hashes = [
      hash({ a: [1, 2] }),
      hash({ a: [2, 1] }),
      hash({ a: '1' }),
      hash({ a: 1 }),
      hash([['a', 1]]),
      hash({ a: 1 }, '/v1/other'),
    ];
    expect(new Set([...hashes, hash({ a: 1 }, '/v1/orders', 'PUT')]).size).toBe(7);
  });
});
