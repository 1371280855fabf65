import { eventLog } from '@millrace/event-log';
import type { Database } from '@millrace/postgres';
import { projectionProgress } from '@millrace/queries';
import type { Logger } from '@millrace/telemetry';

/**
 * Brings the materialised view `read_model.activity` up to the event log; readers go on meanwhile. What is written down
 * is when that began: whatever the log got later may be missing. A log that is as it was costs three small statements.
 */
export async function refreshActivity(database: Database, logger: Logger): Promise<void> {
  const { rows } = await database.query<{ now: string; shown: string }>(
    `select clock_timestamp() as now, stamp as shown from read_model.view_refreshes where view_name = 'activity'`,
  );
  const { now, shown } = rows[0] ?? {};
  const { stamp } = await projectionProgress(database, eventLog);
  if (shown !== stamp) {
    const startedAt = performance.now();
    await database.query('refresh materialized view concurrently read_model.activity');
    logger.debug({ view: 'activity', ms: Math.round(performance.now() - startedAt) }, 'materialised view refreshed');
  }
  await database.query(
    `update read_model.view_refreshes set refreshed_at = $1, stamp = $2 where view_name = 'activity'`,
    [now, stamp],
  );
}
