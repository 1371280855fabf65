import type { Counter, Histogram, Metrics } from '@millrace/telemetry';

import type { BatchResult } from './batch-transaction.ts';

const labels = ['group'] as const;

/** What a consumer group counts. */
export class ConsumerMetrics {
  readonly #group: string;
  readonly #events: Counter<'group' | 'outcome'>;
  readonly #batchEvents: Histogram<'group'>;
  readonly #batchSeconds: Histogram<'group'>;
  readonly #retries: Counter<'group' | 'code'>;
  readonly #restarts: Counter<'group'>;

  constructor(metrics: Metrics, group: string) {
    this.#group = group;
    this.#events = metrics.counter({
      name: 'millrace_projection_events_total',
      help: 'Events by what became of them: applied, repeated (known already), repaired (read from the store), unknown (type), ended (of a timeline before a restore), parked.',
      labels: ['group', 'outcome'],
    });
    this.#batchEvents = metrics.histogram({
      name: 'millrace_projection_batch_events',
      help: 'Records per transaction.',
      labels,
      buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000],
    });
    this.#batchSeconds = metrics.histogram({
      name: 'millrace_projection_batch_seconds',
      help: 'Time to decode, fold and commit one batch.',
      labels,
    });
    this.#retries = metrics.counter({
      name: 'millrace_projection_retries_total',
      help: 'Batches that are tried again later, by error code.',
      labels: ['group', 'code'],
    });
    this.#restarts = metrics.counter({
      name: 'millrace_consumer_restarts_total',
      help: 'Times that the consumer ended and was made anew.',
      labels,
    });
    this.#restarts.inc({ group }, 0);
    this.batchApplied({ applied: 0, repeated: 0, unknown: 0, repaired: 0, ended: 0, parked: [] });
  }

  /** Counts the events of a committed batch. */
  batchApplied({ parked, ...counts }: Omit<BatchResult, 'moved'>): void {
    for (const [outcome, count] of Object.entries({ ...counts, parked: parked.length })) {
      this.#events.inc({ group: this.#group, outcome }, count);
    }
  }

  batchHandled(events: number, seconds: number): void {
    this.#batchEvents.observe({ group: this.#group }, events);
    this.#batchSeconds.observe({ group: this.#group }, seconds);
  }

  batchDelayed(code: string): void {
    this.#retries.inc({ group: this.#group, code });
  }

  consumerRestarted(): void {
    this.#restarts.inc({ group: this.#group });
  }
}
