const INSTANT = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?Z$/;

/**
 * An instant in the one notation in which it is stored, sent and read back: RFC 3339 in UTC with 3 decimals, or 6 where
 * it has microseconds.
 * @throws RangeError for anything else than RFC 3339 in UTC with at most 6 decimals
 */
export function canonicalInstant(text: string): string {
  const [, seconds, fraction = ''] = INSTANT.exec(text) ?? [];
  if (!seconds || Number.isNaN(Date.parse(text))) throw new RangeError(`not RFC 3339 in UTC: ${text}`);
  const digits = fraction.padEnd(6, '0');
  return `${seconds}.${digits.endsWith('000') ? digits.slice(0, 3) : digits}Z`;
}

/** Microseconds since 1970, exact. */
export function microsecondsOf(instant: string): number {
  const [, seconds = '', fraction = ''] = INSTANT.exec(instant) ?? [];
  return Date.parse(`${seconds}Z`) * 1_000 + Number(fraction.padEnd(6, '0'));
}
