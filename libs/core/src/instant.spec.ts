import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { compareInstants, laterOf } from './index.ts';

const second = '2026-01-02T03:04:05';

/** An instant in every way that an event or a row of Postgres may write it. */
function notationsOf(microseconds: number): string[] {
  const fraction = String(microseconds).padStart(6, '0');
  const short = fraction.replace(/0+$/, '');
  return ['Z', '+00:00'].flatMap((zone) => [
    `${second}.${fraction}${zone}`,
    `${second}${short === '' ? '' : `.${short}`}${zone}`,
  ]);
}

describe('T-18 instants in UTC', () => {
  const microseconds = fc.oneof(fc.nat(999_999), fc.constantFrom(0, 1, 10, 500_000, 999_999));
  const notation = fc.nat(3);

  it('are in the order of time to the microsecond, whatever their notation', () => {
    fc.assert(
      fc.property(microseconds, microseconds, notation, notation, (left, right, leftAs, rightAs) => {
        const [one = '', other = ''] = [notationsOf(left)[leftAs], notationsOf(right)[rightAs]];
        expect(compareInstants(one, other)).toBe(Math.sign(left - right));
        expect(laterOf(one, other)).toBe(left < right ? other : one);
      }),
    );
  });

  it('of different seconds too', () => {
    expect(laterOf('2025-12-31T23:59:59.999999Z', '2026-01-01T00:00:00+00:00')).toBe('2026-01-01T00:00:00+00:00');
  });
});
