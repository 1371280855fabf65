import type { Database } from '@millrace/postgres';

/** Name of the replication slot and of the publication. */
export const SLOT_NAME = 'millrace';

/** The slot as Postgres sees it. `lagBytes` is the WAL that it retains. */
export type SlotState =
  | { readonly exists: false }
  | {
      readonly exists: true;
      readonly active: boolean;
      readonly lost: boolean;
      readonly lagBytes: number;
      readonly confirmedLsn: string;
    };

/**
 * Makes the slot if it is not there. It must exist before the first command: what is committed earlier would only be
 * found by a snapshot.
 * @returns whether it was made
 */
export async function ensureSlot(database: Database): Promise<boolean> {
  const { rowCount } = await database.query(
    `select pg_create_logical_replication_slot($1, 'pgoutput') where not exists (select from pg_replication_slots where slot_name = $1)`,
    [SLOT_NAME],
  );
  return rowCount === 1;
}

/** Reads the slot; any role may. */
export async function readSlot(database: Database): Promise<SlotState> {
  const { rows } = await database.query<{
    active: boolean;
    lost: boolean;
    lag_bytes: number | null;
    confirmed: string | null;
  }>(
    `select active, coalesce(wal_status = 'lost' or invalidation_reason is not null, false) as lost,
            pg_wal_lsn_diff(pg_current_wal_lsn(), confirmed_flush_lsn)::bigint as lag_bytes, confirmed_flush_lsn::text as confirmed
       from pg_replication_slots where slot_name = $1`,
    [SLOT_NAME],
  );
  const [slot] = rows;
  if (!slot) return { exists: false };
  return {
    exists: true,
    active: slot.active,
    lost: slot.lost,
    lagBytes: slot.lag_bytes ?? 0,
    confirmedLsn: slot.confirmed ?? '0/0',
  };
}

/** Place in the WAL as a number: `1/A` is 2^32 + 10. */
export function lsnNumber(lsn: string): number {
  const [high = '0', low = '0'] = lsn.split('/');
  return Number.parseInt(high, 16) * 2 ** 32 + Number.parseInt(low, 16);
}

/** Drops a slot that nobody reads. */
export async function dropSlot(database: Database): Promise<void> {
  await database.query(
    `select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = $1 and not active`,
    [SLOT_NAME],
  );
}
