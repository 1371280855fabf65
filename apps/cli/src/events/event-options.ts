import { InvalidArgumentError } from 'commander';

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)$/;

/** Value of an option that is a time. */
export function instant(text: string): string {
  if (INSTANT.test(text) && !Number.isNaN(Date.parse(text))) return text;
  throw new InvalidArgumentError('Give an RFC 3339 time such as 2026-01-31T12:00:00Z.');
}
