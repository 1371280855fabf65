/**
 * Retention of the outbox by dropping whole hours: no row change leaves through the slot, nothing bloats. What the slot
 * has not confirmed is kept, whatever its age: until then the outbox is the only copy that Debezium can read again.
 */
import { setTimeout as delay } from 'node:timers/promises';

import type { Database } from '@millrace/postgres';

/** What to purge, and how long to wait for the slot. */
export type PurgeOptions = {
  /** Age from which rows go, in whole hours. */
  readonly retentionHours: number;
  /** Replication slot of the relay. */
  readonly slotName: string;
  /** Longest wait for the slot to confirm what was committed before the purge; default 30,000. */
  readonly slotTimeoutMs?: number;
};

/** What a purge did. `kept`: nothing was removed, because the slot is not there, lost, or behind. */
export type PurgeOutcome =
  | { readonly outcome: 'purged'; readonly droppedPartitions: readonly string[]; readonly deletedRows: number }
  | { readonly outcome: 'kept'; readonly reason: 'slot-missing' | 'slot-lost' | 'slot-behind' };

const HOURS_AHEAD = 48;
const POLL_MS = 100;
const DELETE_BATCH_ROWS = 10_000;

/** Makes the partitions of the coming 48 hours where they are missing. Needs the owner of the schema. */
export async function makePartitions(database: Database): Promise<void> {
  await database.query('select outbox.make_partitions(now(), $1)', [HOURS_AHEAD]);
}

/**
 * Makes the partitions of the coming 48 hours, then removes what is older than the retention: partitions that are wholly
 * older, and such rows of the default partition and of the dead letters. Needs the owner of the schema.
 */
export async function purgeOutbox(database: Database, options: PurgeOptions): Promise<PurgeOutcome> {
  await makePartitions(database);
  const expired = await findExpired(database, options.retentionHours);
  if (expired.partitions.length === 0 && !expired.hasRows) {
    return { outcome: 'purged', droppedPartitions: [], deletedRows: 0 };
  }
  const obstacle = await waitForSlot(database, expired.walPosition, options);
  if (obstacle) return { outcome: 'kept', reason: obstacle };
  for (const partition of expired.partitions) await database.query('select outbox.drop_partition($1)', [partition]);
  let deletedRows = 0;
  for (const table of ['outbox_messages_default', 'dead_letters'])
    deletedRows += await deleteFrom(database, table, expired.before);
  return { outcome: 'purged', droppedPartitions: expired.partitions, deletedRows };
}

type Expired = {
  readonly before: string;
  readonly partitions: readonly string[];
  /** Whether the default partition holds some, or the dead letters, which are too few for partitions. */
  readonly hasRows: boolean;
  /** Nothing that is expired can have been committed after it. */
  readonly walPosition: string;
};

async function findExpired(database: Database, retentionHours: number): Promise<Expired> {
  const { rows } = await database.query<Expired>(
    `with limits as (select now() - make_interval(hours => $1) as before)
     select limits.before,
            array(select name from outbox.hourly_partitions() where upper_bound <= limits.before order by name) as partitions,
            exists (select from outbox.outbox_messages_default where created_at < limits.before)
              or exists (select from outbox.dead_letters where created_at < limits.before) as "hasRows",
            pg_current_wal_insert_lsn()::text as "walPosition"
       from limits`,
    [retentionHours],
  );
  return rows[0] as Expired;
}

type SlotObstacle = 'slot-missing' | 'slot-lost' | 'slot-behind';

async function waitForSlot(
  database: Database,
  walPosition: string,
  { slotName, slotTimeoutMs = 30_000 }: PurgeOptions,
): Promise<SlotObstacle | undefined> {
  const deadline = performance.now() + slotTimeoutMs;
  for (;;) {
    const obstacle = await slotObstacle(database, walPosition, slotName);
    if (obstacle !== 'slot-behind' || performance.now() > deadline) return obstacle;
    await delay(POLL_MS);
  }
}

async function slotObstacle(
  database: Database,
  walPosition: string,
  slotName: string,
): Promise<SlotObstacle | undefined> {
  const { rows } = await database.query<{ lost: boolean; confirmed: boolean }>(
    `select coalesce(wal_status = 'lost' or invalidation_reason is not null, false) as lost,
            coalesce(confirmed_flush_lsn >= $2::pg_lsn, false) as confirmed
       from pg_replication_slots where slot_name = $1 and database = current_database()`,
    [slotName, walPosition],
  );
  const [slot] = rows;
  if (!slot) return 'slot-missing';
  if (slot.lost) return 'slot-lost';
  return slot.confirmed ? undefined : 'slot-behind';
}

async function deleteFrom(database: Database, table: string, before: string): Promise<number> {
  let deleted = 0;
  for (;;) {
    const { rowCount } = await database.query(
      `delete from outbox.${table} where ctid = any (array(
         select ctid from outbox.${table} where created_at < $1 limit $2))`,
      [before, DELETE_BATCH_ROWS],
    );
    deleted += rowCount ?? 0;
    if ((rowCount ?? 0) < DELETE_BATCH_ROWS) return deleted;
  }
}
