/** Instants as text that sorts: RFC 3339 in UTC with six digits of a second. */

/** From a timestamp that Postgres printed in UTC. */
export function ofPostgres(text: string): string {
  const [, day, time, fraction = ''] = /^(\S+) (\d\d:\d\d:\d\d)(?:\.(\d+))?\+00$/.exec(text) ?? [];
  return `${day}T${time}.${fraction.padEnd(6, '0')}Z`;
}

/** From RFC 3339 in UTC with fewer digits. */
export function sixDigits(instant: string): string {
  return instant.replace(/(?:\.(\d{1,6}))?Z$/, (_, digits: string | undefined) => `.${(digits ?? '').padEnd(6, '0')}Z`);
}

/** Order of two, for sorting. */
export function compareInstants(one: string, other: string): number {
  const [first, second] = [sixDigits(one), sixDigits(other)];
  return first < second ? -1 : Number(first > second);
}
