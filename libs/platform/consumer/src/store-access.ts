import { isMillraceError } from '@millrace/core';
import type { Transaction } from '@millrace/postgres';

/**
 * Rows of the event store, inside the transaction of a batch.
 * @returns `undefined` where this group has no right to read the store, or there is none
 */
export async function askStore<R extends Record<string, unknown>>(
  transaction: Transaction,
  text: string,
  values: unknown[],
): Promise<R[] | undefined> {
  // A refused statement would end the transaction; the savepoint keeps what the batch has done so far.
  await transaction.query('savepoint ask_store');
  try {
    const { rows } = await transaction.query<R>(text, values);
    return rows;
  } catch (error) {
    if (!isRefusal(error)) throw error;
    await transaction.query('rollback to savepoint ask_store');
    return undefined;
  }
}

/** Insufficient privilege, or no such schema or table. */
function isRefusal(error: unknown): boolean {
  return !isMillraceError(error) && ['42501', '3F000', '42P01'].includes((error as { code?: string }).code ?? '');
}
