import { purgeFinishedCommands } from '@millrace/command-handling';
import { pruneSnapshots, purgeIdempotencyKeys } from '@millrace/event-store';
import { purgeOutbox } from '@millrace/outbox';
import type { Database } from '@millrace/postgres';
import { SLOT_NAME } from '@millrace/relay';
import type { Logger, Metrics } from '@millrace/telemetry';

/** What maintenance works on, and for how long outbox rows, idempotency keys and the outcomes of asynchronous commands are kept. */
export type MaintenanceOptions = {
  readonly database: Database;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly retentionHours: number;
  readonly snapshotsKept: number;
};

/** One run of the house-keeping of the store: partitions and purge of the outbox, old idempotency keys, outcomes and snapshots. */
export function maintenance({
  database,
  logger,
  metrics,
  retentionHours,
  snapshotsKept,
}: MaintenanceOptions): () => Promise<void> {
  const seconds = metrics.histogram({
    name: 'millrace_maintenance_seconds',
    help: 'Duration of one run of maintenance.',
  });
  const lastRun = metrics.gauge({
    name: 'millrace_maintenance_last_success_timestamp_seconds',
    help: 'When maintenance last ended well, Unix time.',
  });
  const outboxKept = metrics.gauge({
    name: 'millrace_outbox_kept',
    help: '1 while rows of the outbox are past their time and stay, because the slot has not confirmed them, else 0.',
  });
  return async () => {
    const stopTimer = seconds.startTimer();
    const outbox = await purgeOutbox(database, { retentionHours, slotName: SLOT_NAME });
    outboxKept.set(outbox.outcome === 'kept' ? 1 : 0);
    if (outbox.outcome === 'kept') logger.warn(outbox, `outbox not purged: ${outbox.reason}`);
    const idempotencyKeys = await purgeIdempotencyKeys(database, retentionHours);
    const commands = await purgeFinishedCommands(database, retentionHours);
    const snapshots = await pruneSnapshots(database, snapshotsKept);
    stopTimer();
    lastRun.setToCurrentTime();
    logger.info({ outbox, idempotencyKeys, commands, snapshots }, 'maintenance done');
  };
}
