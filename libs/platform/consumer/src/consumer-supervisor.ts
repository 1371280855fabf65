/**
 * Keeps one member of a group alive:
 *
 *     start ─▶ running ──ends with an error──▶ counted, logged ──back-off──▶ running (a new consumer)
 *                 │  └──behind, but idle too long, or its position was set back──▲
 *                 │ ends with an error that no retry mends ──▶ failed: the process ends
 *                 └──stop──▶ stopped
 *
 * In every state but "running" the process is not ready.
 */
import { setTimeout as delay } from 'node:timers/promises';

import { isMillraceError } from '@millrace/core';
import type { LogConsumer, LogConsumerState, RecordHandler, TopicPartition } from '@millrace/kafka';
import type { Logger } from '@millrace/telemetry';

import { Backoff } from './backoff.ts';
import type { ConsumerMetrics } from './consumer-metrics.ts';
import type { LagMeter, PartitionLagSample } from './lag-meter.ts';

/** What a supervisor works with. */
export type SupervisorParts = {
  readonly createConsumer: () => LogConsumer;
  readonly handler: RecordHandler;
  readonly lag: Pick<LagMeter, 'sample'>;
  readonly metrics: Pick<ConsumerMetrics, 'consumerRestarted'>;
  readonly logger: Logger;
  /** Ends the process; called once, with an error that trying again cannot mend. */
  readonly fail: (error: unknown) => void;
  /** How often the lag is measured. Default 5 s. */
  readonly checkIntervalMs?: number;
  /** A consumer that is behind and idle for this long is made anew. Default 60 s. */
  readonly stalledAfterMs?: number;
  /** First pause before a new consumer; doubles up to 5 s. Default 500 ms. */
  readonly restartAfterMs?: number;
};

const LONGEST_PAUSE_MS = 5_000;
// A consumer that ran this long was healthy: its end starts a new series of pauses.
const HEALTHY_AFTER_MS = 60_000;
const HEARTBEAT_LIMIT_MS = 30_000;

/** Runs consumers one after the other until it is stopped. */
export class ConsumerSupervisor {
  readonly #parts: Required<SupervisorParts>;
  readonly #stopping = new AbortController();
  #consumer: LogConsumer | undefined;
  #running: Promise<void> | undefined;

  constructor(parts: SupervisorParts) {
    this.#parts = { checkIntervalMs: 5_000, stalledAfterMs: 60_000, restartAfterMs: 500, ...parts };
  }

  start(): void {
    this.#running ??= this.#supervise();
  }

  /** Lets the batches under way finish, and leaves the group. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#consumer?.stop();
    await this.#running;
  }

  /** @throws Error saying why no consumer is at work */
  async checkHealth(): Promise<void> {
    const state = this.#consumer?.state();
    if (!state?.joined) throw new Error('the consumer is not a member of its group');
    const silentMs = Math.round(performance.now() - state.heartbeatAt);
    if (silentMs > HEARTBEAT_LIMIT_MS) throw new Error(`the consumer's last heartbeat was ${silentMs} ms ago`);
  }

  async #supervise(): Promise<void> {
    const pauses = new Backoff({ firstMs: this.#parts.restartAfterMs, longestMs: LONGEST_PAUSE_MS });
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const startedAt = performance.now();
      const error = await this.#runOnce();
      if (signal.aborted) return;
      if (isMillraceError(error) && !error.retriable) return this.#parts.fail(error);
      if (performance.now() - startedAt > HEALTHY_AFTER_MS) pauses.reset();
      const restartInMs = pauses.nextMs();
      this.#parts.metrics.consumerRestarted();
      this.#parts.logger.error({ err: error, restartInMs }, 'the consumer ended and is made anew');
      await delay(restartInMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  /** One consumer's life. @returns why it ended */
  async #runOnce(): Promise<unknown> {
    const consumer = this.#parts.createConsumer();
    this.#consumer = consumer;
    const ended = consumer.run(this.#parts.handler).then(
      () => new Error('the consumer stopped by itself'),
      (error: unknown) => error,
    );
    const over = new AbortController();
    const stalled = this.#watch(consumer, over.signal);
    const error = await Promise.race([ended, stalled]);
    over.abort();
    this.#consumer = undefined;
    // A stalled consumer may hang in its stop as well. It is left behind; the fence in the database keeps it harmless.
    void consumer.stop().catch(() => undefined);
    return error;
  }

  /** Resolves when the consumer is behind and does nothing about it, or reads ahead of its stored positions. */
  async #watch(consumer: LogConsumer, over: AbortSignal): Promise<Error> {
    while (!over.aborted) {
      await delay(this.#parts.checkIntervalMs, undefined, { ref: false, signal: over }).catch(() => undefined);
      // Asked before the sample: a stored position that is smaller afterwards was set back.
      const { assigned } = consumer.state();
      const samples = await this.#parts.lag.sample().catch(() => undefined);
      if (samples && isSetBack(assigned, samples)) return new Error('positions of the group were set back');
      const idleMs = performance.now() - consumer.state().activeAt;
      if (samples && idleMs > this.#parts.stalledAfterMs && ownLag(consumer, samples) > 0) {
        return new Error(`the consumer is behind, and has done nothing for ${Math.round(idleMs)} ms`);
      }
    }
    return new Error('the consumer ended first');
  }
}

/** Positions only grow, unless an operator sets them back. A partition without new records would not be fenced. */
function isSetBack(assigned: LogConsumerState['assigned'], samples: readonly PartitionLagSample[]): boolean {
  const stored = new Map(samples.map((sample) => [keyOf(sample), sample.nextOffset]));
  return assigned.some((partition) => (stored.get(keyOf(partition)) ?? Infinity) < (partition.next ?? 0));
}

/** Records that the consumer's own partitions hold for it. */
function ownLag(consumer: LogConsumer, samples: readonly PartitionLagSample[]): number {
  const own = new Set(consumer.state().assigned.map(keyOf));
  return samples.filter((sample) => own.has(keyOf(sample))).reduce((sum, { records }) => sum + records, 0);
}

function keyOf({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`;
}
