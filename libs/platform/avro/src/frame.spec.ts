import { describe, expect, test } from '@jest/globals';

import { frame, unframe } from './frame.ts';

describe('T-36 Confluent wire format', () => {
  test('is magic 0, the schema id as four bytes big-endian, then the data', () => {
    expect(frame(0x01020304, Buffer.from('ab', 'hex')).toString('hex')).toBe('0001020304ab');
  });

  test('unframes what was framed, up to the largest id', () => {
    const data = Buffer.from('0a7f', 'hex');
    expect(unframe(frame(2 ** 31 - 1, data))).toEqual({ schemaId: 2 ** 31 - 1, data });
  });

  test.each([
    ['no value', null],
    ['four bytes', Buffer.from('00000001', 'hex')],
    ['JSON', Buffer.from('{"orderId":"1"}')],
  ])('refuses %s as RECORD_MALFORMED', (_, value) => {
    expect(() => unframe(value)).toThrow(expect.objectContaining({ code: 'RECORD_MALFORMED', retriable: false }));
  });
});
