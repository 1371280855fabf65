/** Upkeep of what lies beside the events; a scheduler calls it with the owner's connection. Events are never touched. */
import type { Database } from '@millrace/postgres';

const BATCH_ROWS = 10_000;

/**
 * Removes idempotency keys that are older than `olderThanHours`: a command that is sent again later is a new one.
 * @returns how many
 */
export async function purgeIdempotencyKeys(database: Database, olderThanHours: number): Promise<number> {
  let purged = 0;
  for (;;) {
    // In batches, so that a long backlog fits into the statement timeout and its locks are short.
    const { rowCount } = await database.query(
      `delete from event_store.idempotency_keys where ctid = any (array(
         select ctid from event_store.idempotency_keys where created_at < now() - make_interval(hours => $1) limit $2))`,
      [olderThanHours, BATCH_ROWS],
    );
    purged += rowCount ?? 0;
    if ((rowCount ?? 0) < BATCH_ROWS) return purged;
  }
}

/**
 * Keeps the newest `keep` snapshots of each stream, for streams whose writer could not.
 * @returns how many were removed
 */
export async function pruneSnapshots(database: Database, keep: number): Promise<number> {
  const { rowCount } = await database.query(
    `delete from event_store.snapshots where snapshot_id in (
       select snapshot_id from (
         select snapshot_id, row_number() over (
           partition by tenant_id, aggregate_type, aggregate_id order by sequence_number desc) as age
         from event_store.snapshots) as ranked
       where age > $1)`,
    [keep],
  );
  return rowCount ?? 0;
}
