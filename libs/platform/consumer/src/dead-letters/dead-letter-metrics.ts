import type { Database } from '@millrace/postgres';
import type { Metrics } from '@millrace/telemetry';

/** Publishes how many events a group has parked, and for how long, asked of the table at each scrape. */
export function exposeDeadLetters(metrics: Metrics, group: string, database: Database): void {
  const count = metrics.gauge({
    name: 'millrace_dead_letters',
    help: 'Events that the group could not handle, and those that wait behind them: parked now.',
    labels: ['group'],
    collect: async () => {
      const now = await parkedNow(database, group).catch(() => undefined);
      if (!now) return;
      count.set({ group }, now.count);
      oldest.set({ group }, now.oldest_seconds);
    },
  });
  const oldest = metrics.gauge({
    name: 'millrace_dead_letter_oldest_seconds',
    help: 'Time since the oldest event that is parked now was parked; 0 when none is.',
    labels: ['group'],
  });
}

async function parkedNow(database: Database, group: string) {
  const { rows } = await database.query<{ count: number; oldest_seconds: number }>({
    name: 'parked now',
    text: `select count(*) as count,
       coalesce(extract(epoch from clock_timestamp() - min(parked_at)), 0)::float8 as oldest_seconds
     from consumer.parked_events where consumer_group = $1`,
    values: [group],
  });
  return rows[0];
}
