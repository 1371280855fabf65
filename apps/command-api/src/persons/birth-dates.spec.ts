import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { expect, test } from '@jest/globals';

const program = join(import.meta.dirname, 'birth-dates.fixture.ts');
const birthDates = ['1800-01-01', '1990-01-01', '1996-02-29', '2011-12-30', '2025-12-31'];

// 2011-12-30 is a day that Samoa never had.
test.each([
  ['UTC', 0],
  ['America/Los_Angeles', 480],
  ['Pacific/Kiritimati', -840],
  ['Pacific/Apia', -780],
])(
  'CIM-2 on a server in %s a birth date keeps its calendar day',
  async (zone, minutesBehindUtc) => {
    const { stdout } = await promisify(execFile)(process.execPath, [program, ...birthDates], { env: { TZ: zone } });
    const stored = birthDates.flatMap((birthDate) => [birthDate, birthDate]);
    expect(JSON.parse(stdout)).toEqual({ minutesBehindUtc, stored });
  },
  60_000,
);
