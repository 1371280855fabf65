import { describe, expect, it } from '@jest/globals';

import { RecordIndex } from './record-index.ts';

function indexOf(...offsets: number[]): RecordIndex {
  const index = new RecordIndex();
  for (const offset of offsets) index.add(offset, 1_000 + offset);
  return index;
}

describe('RecordIndex', () => {
  it('SHR-37 counts records, not offsets: transaction markers lie in between', () => {
    expect(indexOf(0, 1, 3, 7).behind(2)).toEqual({ records: 2, oldestTimestampMs: 1_003 });
  });

  it('SHR-37 a reader at the end is not behind', () => {
    expect(indexOf(0, 1, 3).behind(5)).toEqual({ records: 0, oldestTimestampMs: undefined });
    expect(new RecordIndex().behind(0)).toEqual({ records: 0, oldestTimestampMs: undefined });
  });

  it('forgets what every reader has passed and ignores what it is told again', () => {
    const index = indexOf(0, 1, 3, 7);
    index.forgetBelow(3);
    index.add(3, 9_999);
    expect(index.behind(0)).toEqual({ records: 2, oldestTimestampMs: 1_003 });
  });
});
