import type { CommandObserver } from '@millrace/command-handling';
import type { Logger, Metrics } from '@millrace/telemetry';

/** Counts what happens inside of the handling of commands. */
export function commandMetrics(metrics: Metrics, logger: Logger): Partial<CommandObserver> {
  const appended = metrics.counter({
    name: 'millrace_events_appended_total',
    help: 'Events stored.',
    labels: ['type'],
  });
  const conflicts = metrics.counter({
    name: 'millrace_append_conflicts_total',
    help: 'Appends that another writer was faster than; the command was decided again.',
  });
  const replayed = metrics.histogram({
    name: 'millrace_events_replayed_per_load',
    help: 'Events folded on the snapshot to load one aggregate.',
    buckets: [0, 1, 2, 5, 10, 25, 50, 100, 200, 500, 1_000],
  });
  const cache = metrics.counter({
    name: 'millrace_aggregate_cache_total',
    help: 'Aggregates asked of the cache, by whether they were there.',
    labels: ['outcome'],
  });
  const snapshots = metrics.counter({
    name: 'millrace_snapshots_total',
    help: 'Snapshots by outcome.',
    labels: ['outcome'],
  });
  const snapshotSeconds = metrics.histogram({
    name: 'millrace_snapshot_seconds',
    help: 'Duration of saving one snapshot.',
  });
  return {
    accepted: ({ eventTypes }) => eventTypes.forEach((type) => appended.inc({ type })),
    conflict: () => conflicts.inc(),
    loaded: ({ eventsReplayed }) => replayed.observe(eventsReplayed),
    cacheAsked: ({ hit }) => cache.inc({ outcome: hit ? 'hit' : 'miss' }),
    snapshotSaved: ({ durationMs }) => {
      snapshots.inc({ outcome: 'saved' });
      snapshotSeconds.observe(durationMs / 1000);
    },
    snapshotFailed: ({ aggregateType, error }) => {
      snapshots.inc({ outcome: 'failed' });
      logger.warn({ err: error, aggregateType }, 'snapshot failed');
    },
  };
}
