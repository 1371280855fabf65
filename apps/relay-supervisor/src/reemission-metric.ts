import type { Database } from '@millrace/postgres';
import type { Metrics } from '@millrace/telemetry';

/** Publishes how many events have been sent again. They are noted in the database, because several programs send them. */
export function reemissionMetric(database: Database, metrics: Metrics): void {
  metrics.gauge({
    name: 'millrace_reemitted_events_total',
    help: 'Events that were sent to their topic again.',
    labels: ['topic'],
    collect: async (gauge) => {
      const { rows } = await database.query<{ topic: string; events: number }>(
        'select topic, count(*) as events from audit.reemissions group by topic',
      );
      for (const { topic, events } of rows) gauge.set({ topic }, events);
    },
  });
}
