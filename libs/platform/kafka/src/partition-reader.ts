import type { TopicPartition } from './log-consumer.ts';
import type { Overlap } from './overlap.ts';

/**
 * Where one partition stands within one assignment of the group:
 *
 *                      assigned: paused in kafkajs before its first fetch
 *                         │
 *                         ▼      position read and in the log: seek, resume
 *                    positioning ──────────────────────────────────────────▶ reading ⟲ batch fetched at `next`: handled
 *                         ▲                                                     │
 *                         └── pause: handler says "again", fetched elsewhere, or ┘
 *                             a connection has ended
 *
 *     any ── next assignment, stop ──▶ released: whatever comes late is dropped
 *     positioning ── stored position is not in the log ──▶ the consumer ends; never "latest", never "earliest"
 *
 * kafkajs starts a partition at the offset that is committed to Kafka and cannot await a seek, so a batch counts only
 * when it was fetched at exactly `next`. That one comparison covers batches fetched before a seek, before a rebalance,
 * and after kafkajs has reset an offset by itself.
 */
export class PartitionReader {
  readonly at: TopicPartition;
  /** Offset at which the next batch must have been fetched; `undefined` while positioning. */
  next: number | undefined = undefined;
  /** What the next batch must begin with, when it begins with what was read before. */
  overlap: Overlap | undefined = undefined;
  /** Counts how often positioning began: whoever finds another number than at his own beginning has been overtaken. */
  turn = 0;
  /** The partition belongs to a later assignment, or the consumer stops. */
  released = false;
  #tail: Promise<void> = Promise.resolve();

  constructor(at: TopicPartition) {
    this.at = at;
  }

  /** Runs `work` after what was queued before: one batch at a time. `work` must not reject. */
  queue(work: () => Promise<void>): Promise<void> {
    this.#tail = this.#tail.then(work);
    return this.#tail;
  }

  /** Resolves when what is queued now has run. */
  idle(): Promise<void> {
    return this.#tail;
  }
}
