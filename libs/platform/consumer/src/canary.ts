import type { LogRecord } from '@millrace/kafka';

/**
 * Whether a record only proves that the way to here is open. Nothing is stored for it and no group does anything about
 * it: it is passed before it is read.
 */
export function isCanary({ headers }: LogRecord): boolean {
  return headers.ce_type === 'Canary' && headers.ce_aggregatetype === 'canary';
}
