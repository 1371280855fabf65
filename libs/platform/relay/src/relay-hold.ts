import type { Database } from '@millrace/postgres';

import type { RelayProblem } from './relay-problem.ts';

/**
 * Why the connector is stopped, in `outbox.relay_hold`. It outlives the process that stopped it: a repair that was cut
 * short is completed by the next one, and a store that went back stays closed.
 */
export type RelayHold = RelayProblem;

/** The hold, if there is one. */
export async function readHold(database: Database): Promise<RelayHold | undefined> {
  const { rows } = await database.query<RelayHold>('select cause, detail from outbox.relay_hold');
  return rows[0];
}

/** Says that the connector is about to be stopped. An earlier hold stays as it is. @returns whether it is ours */
export async function holdRelay(database: Database, { cause, detail }: RelayHold): Promise<boolean> {
  const { rowCount } = await database.query(
    'insert into outbox.relay_hold (cause, detail) values ($1, $2) on conflict do nothing',
    [cause, detail],
  );
  return rowCount === 1;
}

/**
 * When a backup was put back that no recovery has followed: its next events would bear numbers that were given before.
 * Not while a recovery is at work, which holds the relay itself for as long as it must.
 */
export async function unrecoveredRestore(database: Database): Promise<string | undefined> {
  const { rows } = await database.query<{ at: string }>(
    `select to_char(min(restored_at) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as at from backup.restores
      where tenant_id = '*' and recovered_at is null
        and not exists (select from backup.recoveries where finished_at is null)
     having count(*) > 0`,
  );
  return rows[0]?.at;
}

/** Ends the hold. */
export async function releaseRelay(database: Database): Promise<void> {
  await database.query('delete from outbox.relay_hold');
}
