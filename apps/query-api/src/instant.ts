// Years 1000 to 2999, seconds, at most 6 decimals, and a zone: what Postgres takes without rounding.
const INSTANT = /^([12]\d{3}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{1,6})?(Z|[+-]\d\d:\d\d)$/;

/** Whether a value is an RFC 3339 instant. */
export function isInstant(value: unknown): value is string {
  return typeof value === 'string' && utcInstant(value) !== undefined;
}

/** An RFC 3339 instant in UTC, to the microsecond; undefined for anything else, 31 April included. */
export function utcInstant(text: string): string | undefined {
  const [, seconds = '', fraction = '', zone = ''] = INSTANT.exec(text) ?? [];
  const days = new Date(`${seconds}Z`);
  // Date takes 31 April for 1 May; only what comes back unchanged is a day of the calendar.
  if (Number.isNaN(days.getTime()) || !days.toISOString().startsWith(seconds)) return undefined;
  const instant = new Date(`${seconds}${zone}`);
  if (Number.isNaN(instant.getTime())) return undefined;
  return `${instant.toISOString().slice(0, 19)}${fraction}Z`;
}
