import type { RelayKeeper } from '@millrace/relay';
import type { Logger, Metrics } from '@millrace/telemetry';

/**
 * One look at the relay: repairs it where needed, says so in the log, and keeps the slot's lag as a metric.
 * @returns a job that rejects while the relay does not stream
 */
export function relayWatch({
  keeper,
  logger,
  metrics,
}: {
  keeper: RelayKeeper;
  logger: Logger;
  metrics: Metrics;
}): () => Promise<void> {
  const lagBytes = metrics.gauge({
    name: 'millrace_slot_lag_bytes',
    help: 'WAL that the replication slot retains because the relay has not confirmed it.',
  });
  const present = metrics.gauge({
    name: 'millrace_slot_active',
    help: '1 while Debezium reads the replication slot, else 0.',
  });
  const repairs = metrics.counter({
    name: 'millrace_relay_repairs_total',
    help: 'What the supervisor did to keep the relay streaming.',
    labels: ['action'],
  });
  return async () => {
    const { verdict, slot } = await keeper.check();
    lagBytes.set(slot.exists ? slot.lagBytes : 0);
    present.set(slot.exists && slot.active ? 1 : 0);
    if (verdict.action === 'streaming') return;
    if (verdict.action !== 'waiting') {
      repairs.inc({ action: verdict.action });
      logger.warn({ action: verdict.action, reason: verdict.reason }, `relay ${verdict.action}: ${verdict.reason}`);
    }
    throw new Error(`relay ${verdict.action}: ${verdict.reason}`);
  };
}
