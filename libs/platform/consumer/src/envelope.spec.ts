import { describe, expect, it } from '@jest/globals';
import type { LogRecord } from '@millrace/kafka';

import { counterEvent, recordOf } from './counter.fixture.ts';
import { partialEnvelope, readEnvelope, storable } from './envelope.ts';

const withHeaders = (headers: Record<string, string>): LogRecord => {
  const record = recordOf(counterEvent('a', 1, { type: 'Added', data: { by: 1 } }), 0);
  return { ...record, headers: { ...record.headers, ...headers } };
};

describe('an envelope', () => {
  it('takes text of 512 bytes, and refuses more by its name, in bytes and not in characters', () => {
    expect(readEnvelope(withHeaders({ ce_userid: 'u'.repeat(512) })).userId).toHaveLength(512);
    expect(() => readEnvelope(withHeaders({ ce_userid: 'u'.repeat(513) }))).toThrow('no usable userid');
    expect(() => readEnvelope(withHeaders({ ce_source: 'ü'.repeat(257) }))).toThrow('no usable source');
    expect(readEnvelope(withHeaders({ 'x-other': 'u'.repeat(513) })).userId).toBe('alice');
  });

  it('of a foreign record is cut to what Postgres can keep', () => {
    const { userId } = partialEnvelope(withHeaders({ ce_userid: 'ü'.repeat(257) }));
    expect(userId).toBe('ü'.repeat(256));
  });

  it('has no NUL and no half of a surrogate pair', () => {
    expect(storable('a\0b')).toBe('a\uFFFDb');
    expect(storable('a\uD800b')).toBe('a\uFFFDb');
    expect(storable('a😀b')).toBe('a😀b');
  });
});
