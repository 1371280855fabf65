import { describe, expect, test } from '@jest/globals';

import { formatDeadLetterId, parseDeadLetterId } from './dead-letter-id.ts';

describe('id of a dead letter', () => {
  test('SHR-33 is one word that tells group, topic, partition and offset', () => {
    const id = { group: 'order-read-model-projection', topic: 'orders.events.v1', partition: 3, offset: 42 };
    expect(formatDeadLetterId(id)).toBe('order-read-model-projection/orders.events.v1/3/42');
    expect(parseDeadLetterId(formatDeadLetterId(id))).toEqual(id);
  });

  test.each(['', 'a/b/c/d', 'a/b/1', 'a/b/1/2/3', 'a/b/1/-2', 'a/b/1/99999999999999999999'])('refuses "%s"', (text) => {
    expect(() => parseDeadLetterId(text)).toThrow('is no dead letter');
  });
});
