import { isMillraceError } from '@millrace/core';
import { httpProblem } from '@millrace/http';

type DatabaseError = { readonly code?: string; readonly message?: string };

const INSUFFICIENT_PRIVILEGE = '42501';
const UNDEFINED_TABLE = '42P01';
/** Of a replica that had to apply what a statement was still reading; there is no other for who only reads. */
const CONFLICT_WITH_RECOVERY = '40001';

/**
 * What a client is told when a read fails: that the read database does not answer, or that the stored events are out of
 * reach of this process while current state is not. Anything else passes as it is.
 */
export function readFailure(error: unknown): unknown {
  if (isMillraceError(error, 'STORE_UNAVAILABLE')) return httpProblem('READ_MODEL_UNAVAILABLE', { cause: error });
  const { code = '', message = '' } = (error ?? {}) as DatabaseError;
  if (code === INSUFFICIENT_PRIVILEGE && /\b(event_store|events)\b/.test(message)) {
    return httpProblem('HISTORY_UNAVAILABLE', { cause: error });
  }
  if ([INSUFFICIENT_PRIVILEGE, UNDEFINED_TABLE, CONFLICT_WITH_RECOVERY].includes(code)) {
    return httpProblem('READ_MODEL_UNAVAILABLE', { cause: error });
  }
  return error;
}
