import { describe, expect, test } from '@jest/globals';

import { parseSchedule } from './schedule.ts';

describe('parseSchedule', () => {
  test('ACC-76 a rhythm for the whole store, and others for tenants', () => {
    expect(parseSchedule('*=24h, acme=1h,big-co=30m')).toEqual([
      { scope: '*', everyMs: 86_400_000 },
      { scope: 'acme', everyMs: 3_600_000 },
      { scope: 'big-co', everyMs: 1_800_000 },
    ]);
    expect(parseSchedule(' ')).toEqual([]);
  });

  test.each(['acme', 'acme=0h', 'acme=1w', '=1h', '*=1h,*=2h', '*=1h,'])('ACC-76 refuses %j', (text) => {
    expect(() => parseSchedule(text)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
  });
});
