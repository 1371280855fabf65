/** An amount as a decimal string with at most 4 decimals, and an ISO 4217 code. Never a float. */
export type Money = { readonly amount: string; readonly currency: string };

const SCALE = 4;

/** Sum of `quantity × unitPrice`, exact. All prices must share `currency`. The amount has 2 decimals, or as many as needed up to 4. */
export function totalOf(
  lines: readonly { readonly quantity: number; readonly unitPrice: Money }[],
  currency: string,
): Money {
  const scaled = lines.reduce(
    (sum, { quantity, unitPrice }) => sum + BigInt(quantity) * toScaled(unitPrice.amount),
    0n,
  );
  return { amount: fromScaled(scaled), currency };
}

/** Exact sum of two decimal strings, in the notation of `totalOf`. */
export function addAmounts(left: string, right: string): string {
  return fromScaled(toScaled(left) + toScaled(right));
}

function toScaled(amount: string): bigint {
  const match = /^(-?)(\d+)(?:\.(\d{1,4}))?$/.exec(amount);
  if (!match) throw new Error(`not a decimal with at most ${SCALE} decimals: ${amount}`);
  const [, sign, whole = '0', fraction = ''] = match;
  const value = BigInt(whole + fraction.padEnd(SCALE, '0'));
  return sign ? -value : value;
}

function fromScaled(scaled: bigint): string {
  const digits = (scaled < 0n ? -scaled : scaled).toString().padStart(SCALE + 1, '0');
  const fraction = digits.slice(-SCALE).replace(/0{1,2}$/, '');
  return `${scaled < 0n ? '-' : ''}${digits.slice(0, -SCALE)}.${fraction}`;
}
