import type { Logger } from '@millrace/telemetry';
import type { Consumer } from 'kafkajs';

import type { TopicPartition } from './log-consumer.ts';
import { partitionKey } from './partition-key.ts';

// Kafka's own offsets only show operators where a group is, so they may lag: a commit per batch would cost the broker
// more than the batch.
const PAUSE_MS = 1_000;

/** Tells Kafka where the partitions of a consumer are, at most once a second, for monitoring only. */
export class OffsetCommits {
  readonly #consumer: Consumer;
  readonly #logger: Logger;
  readonly #waiting = new Map<string, TopicPartition & { offset: string }>();
  #timer: NodeJS.Timeout | undefined;

  constructor(consumer: Consumer, logger: Logger) {
    this.#consumer = consumer;
    this.#logger = logger;
  }

  /** The newest offset of a partition replaces the one before. */
  add({ topic, partition }: TopicPartition, nextOffset: number): void {
    this.#waiting.set(partitionKey({ topic, partition }), { topic, partition, offset: String(nextOffset) });
    this.#timer ??= setTimeout(() => void this.flush(), PAUSE_MS);
  }

  /** Partitions that belong to another member now must not be committed by this one. */
  forget(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#waiting.clear();
  }

  /** Commits what waits. Never rejects: the positions that count are elsewhere. */
  async flush(): Promise<void> {
    const offsets = [...this.#waiting.values()];
    this.forget();
    if (offsets.length === 0) return;
    try {
      await this.#consumer.commitOffsets(offsets);
    } catch (error) {
      this.#logger.debug({ err: error }, 'offsets not committed');
    }
  }
}
