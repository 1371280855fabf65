import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { addAmounts, totalOf } from './index.ts';

const line = (quantity: number, amount: string) => ({ quantity, unitPrice: { amount, currency: 'EUR' } });

describe('money', () => {
  it.each([
    [[line(3, '0.1')], '0.30'],
    [[line(1, '12'), line(2, '4.50')], '21.00'],
    [[line(3, '0.3333')], '0.9999'],
    [[line(1, '0.125')], '0.125'],
    [[line(2147483647, '999999999999.9999')], '2147483646999999785251.6353'],
    [[], '0.00'],
  ])('totals %j exactly to %s', (lines, amount) => {
    expect(totalOf(lines, 'EUR')).toEqual({ amount, currency: 'EUR' });
  });

  it('refuses what is not a decimal', () => {
    expect(() => totalOf([line(1, '1e3')], 'EUR')).toThrow('not a decimal');
    expect(() => addAmounts('1', '0.00001')).toThrow('not a decimal');
  });

  it('addition commutes and never loses a ten-thousandth', () => {
    const cents = fc.bigInt(-(10n ** 18n), 10n ** 18n);
    const text = (value: bigint) =>
      `${value < 0n ? '-' : ''}${(value < 0n ? -value : value) / 10_000n}.${((value < 0n ? -value : value) % 10_000n).toString().padStart(4, '0')}`;
    const scaled = (amount: string) =>
      BigInt(amount.replace('.', '') + '0'.repeat(4 - (amount.split('.')[1]?.length ?? 0)));
    fc.assert(
      fc.property(cents, cents, (left, right) => {
        expect(addAmounts(text(left), text(right))).toBe(addAmounts(text(right), text(left)));
        expect(scaled(addAmounts(text(left), text(right)))).toBe(left + right);
      }),
    );
  });
});
