import { isMillraceError } from '@millrace/core';

/**
 * What to do about an error of a batch:
 * `again`: nothing is wrong with the events, it will work later; `split`: Postgres refuses the data of one of them;
 * `stop`: neither, so nothing may be parked or skipped because of it.
 */
export type Remedy = 'again' | 'split' | 'stop';

// Serialization failure and deadlock, lock not available, statement timeout, read-only standby after a failover.
const PASSING = /^(40|55P03|57014|25006)/;
// Data exception, integrity constraint violation.
const REFUSED_DATA = /^(22|23)/;

/** Remedy for an error thrown while reading or applying a batch. */
export function remedyFor(error: unknown): Remedy {
  // What cannot be parked must not be passed either, and a pause would look like health: the consumer ends.
  if (isMillraceError(error, 'PARKING_FAILED')) return 'stop';
  if (isMillraceError(error)) return error.retriable ? 'again' : 'stop';
  const sqlState = (error as { code?: unknown } | null)?.code;
  if (typeof sqlState !== 'string') return 'stop';
  if (PASSING.test(sqlState)) return 'again';
  return REFUSED_DATA.test(sqlState) ? 'split' : 'stop';
}

/** Whether Postgres refuses the values themselves. */
export function isRefusedData(error: unknown): boolean {
  return remedyFor(error) === 'split';
}
