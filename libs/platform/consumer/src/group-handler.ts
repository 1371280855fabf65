/**
 * Between Kafka and the transaction: reads records into events, applies them, and decides what an error means. The
 * position that it loaded is the one that it must find in each transaction.
 */
import type { BatchOutcome, RecordBatch, RecordHandler, TopicPartition } from '@millrace/kafka';
import type { Logger } from '@millrace/telemetry';

import { Backoff } from './backoff.ts';
import { applyBatch, type BatchParts, type BatchResult, type ReadBatch } from './batch-transaction.ts';
import type { ConsumerMetrics } from './consumer-metrics.ts';
import { remedyFor } from './fault.ts';
import { errorCode } from './parking.ts';
import { loadPosition } from './position.ts';
import type { Reading, RecordReader } from './record-reader.ts';

/** What a group's handler works with. */
export type GroupHandlerParts = BatchParts & {
  readonly group: string;
  readonly reader: RecordReader;
  readonly metrics: ConsumerMetrics;
  readonly logger: Logger;
};

type Partition = { position: number | undefined; readonly backoff: Backoff };

const RETRY = { firstMs: 100, longestMs: 10_000 };

/** Applies the records of a consumer group. */
export class GroupHandler implements RecordHandler {
  readonly #parts: GroupHandlerParts;
  readonly #partitions = new Map<string, Partition>();

  constructor(parts: GroupHandlerParts) {
    this.#parts = parts;
  }

  async position(at: TopicPartition): Promise<number | undefined> {
    const position = await loadPosition(this.#parts.database, { ...at, group: this.#parts.group });
    this.#partitionOf(at).position = position;
    return position;
  }

  async handle(batch: RecordBatch): Promise<BatchOutcome> {
    const partition = this.#partitionOf(batch);
    const startedAt = performance.now();
    try {
      const readings: Reading[] = [];
      for (const record of batch.records) readings.push(await this.#parts.reader.read(record));
      await this.#apply(batch, readings, batch.nextOffset);
      partition.backoff.reset();
      this.#parts.metrics.batchHandled(batch.records.length, (performance.now() - startedAt) / 1_000);
      return 'done';
    } catch (error) {
      if (remedyFor(error) !== 'again') throw error;
      return this.#again(batch, partition, error);
    }
  }

  /** Halves a batch that Postgres refuses, until the one event that it refuses stands alone and is parked. */
  async #apply(at: TopicPartition, readings: readonly Reading[], nextOffset: number): Promise<void> {
    try {
      await this.#commit(at, readings, { nextOffset });
    } catch (error) {
      if (remedyFor(error) !== 'split') throw error;
      if (readings.length <= 1) return this.#commit(at, readings, { nextOffset, poison: error });
      const middle = Math.floor(readings.length / 2);
      const rest = readings.slice(middle);
      await this.#apply(at, readings.slice(0, middle), rest[0]?.record.offset ?? nextOffset);
      await this.#apply(at, rest, nextOffset);
    }
  }

  async #commit(
    { topic, partition }: TopicPartition,
    readings: readonly Reading[],
    { nextOffset, poison }: { readonly nextOffset: number; readonly poison?: unknown },
  ): Promise<void> {
    const state = this.#partitionOf({ topic, partition });
    const at = { group: this.#parts.group, topic, partition };
    const batch: ReadBatch = { at, from: state.position, nextOffset, readings };
    const result = await applyBatch(this.#parts, batch, poison);
    state.position = nextOffset;
    this.#parts.metrics.batchApplied(result);
    this.#report(batch, result);
  }

  #again({ topic, partition }: TopicPartition, { backoff }: Partition, error: unknown): BatchOutcome {
    const code = errorCode(error);
    const readAgainInMs = backoff.nextMs();
    this.#parts.metrics.batchDelayed(code);
    this.#parts.logger.warn({ err: error, code, topic, partition, readAgainInMs }, 'batch is tried again');
    return { readAgainInMs };
  }

  #report({ at, readings, nextOffset }: ReadBatch, { parked, ...counts }: BatchResult): void {
    const { logger } = this.#parts;
    logger.debug({ ...at, records: readings.length, nextOffset, ...counts, parked: parked.length }, 'batch applied');
    for (const { reading, error } of parked) {
      const { tenantId, aggregateType, aggregateId, sequenceNumber, eventId, type, correlationId, traceparent } =
        reading.envelope;
      const event = { eventId, type, aggregateType, aggregateId, sequenceNumber, offset: reading.record.offset };
      const trace = { tenantId, correlationId, traceId: traceparent.split('-')[1] };
      logger.error({ ...at, ...event, ...trace, code: errorCode(error), err: error }, 'event parked');
    }
  }

  #partitionOf({ topic, partition }: TopicPartition): Partition {
    const key = `${topic}/${partition}`;
    const known = this.#partitions.get(key) ?? { position: undefined, backoff: new Backoff(RETRY) };
    this.#partitions.set(key, known);
    return known;
  }
}
