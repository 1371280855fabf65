import type { Database } from '@millrace/postgres';

/** How far a sweep has come in the order of the store; of the outbox, `globalPosition` is its `seq`. */
export type SweepPlace = { readonly transactionId: string; readonly globalPosition: number };

/** Where a sweep goes on; the beginning for one that has kept nothing yet. Errors as `Database.query`. */
export async function loadPlace(database: Database, sweep: string): Promise<SweepPlace> {
  const { rows } = await database.query<SweepPlace>(
    `select transaction_id::text as "transactionId", global_position as "globalPosition" from audit.sweeps where sweep = $1`,
    [sweep],
  );
  return rows[0] ?? { transactionId: '0', globalPosition: 0 };
}
