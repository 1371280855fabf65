/**
 * Between Kafka and the transaction: reads records into events, applies them, and decides what an error means. The
 * position that it loaded is the one that it must find in each transaction.
 *
 *     an event fails ──▶ the batch is undone, and tried again after a pause ──fails still──▶ it is parked, the batch commits
 *
 * Pauses have a budget: beyond it, what fails is parked at once.
 */
import { setTimeout as delay } from 'node:timers/promises';

import type { BatchOutcome, LogPosition, LogRecord, RecordBatch, RecordHandler, TopicPartition } from '@millrace/kafka';
import type { Logger } from '@millrace/telemetry';

import { Backoff, backoffMs, type BackoffRange } from './backoff.ts';
import { applyBatch, type Attempt, type BatchParts, type BatchResult, type ReadBatch } from './batch-transaction.ts';
import { isCanary } from './canary.ts';
import type { ConsumerMetrics } from './consumer-metrics.ts';
import { isRefusedData, remedyFor } from './fault.ts';
import { errorCode, EventsFailed } from './parking.ts';
import {
  beginAgain,
  type GroupPartition,
  lastRecord,
  loadMovedPosition,
  markOf,
  type Moved,
  type RecordMark,
} from './position.ts';
import type { Reading, RecordReader } from './record-reader.ts';
import { RetryBudget } from './retry-budget.ts';
import { checkTimeline } from './timeline-guard.ts';

/** What a group's handler works with. */
export type GroupHandlerParts = BatchParts & {
  readonly group: string;
  readonly reader: RecordReader;
  readonly metrics: ConsumerMetrics;
  readonly logger: Logger;
  /** How often a failing event is tried in all before it is parked. Default 3. */
  readonly attempts?: number;
};

/** A partition that this member holds, as far as its position tells. */
export type HeldPartition = { readonly at: GroupPartition; readonly position: number };

type Partition = {
  position: number | undefined;
  /** When this member moved it last. */
  moved: Moved | undefined;
  readonly backoff: Backoff;
  busy: Promise<unknown>;
};
type Piece = TopicPartition & {
  readonly readings: readonly Reading[];
  readonly nextOffset: number;
  readonly last: RecordMark | undefined;
};

const RETRY = { firstMs: 100, longestMs: 10_000 };
const ATTEMPTS = 3;
const EVENT_RETRY: BackoffRange = { firstMs: 50, longestMs: 400 };
const BUDGET = { retries: 20, refillMs: 3_000 };

/** Applies the records of a consumer group. */
export class GroupHandler implements RecordHandler {
  readonly #parts: GroupHandlerParts;
  readonly #partitions = new Map<string, Partition>();
  readonly #budget = new RetryBudget(BUDGET);

  constructor(parts: GroupHandlerParts) {
    this.#parts = parts;
  }

  async position(at: TopicPartition): Promise<LogPosition | undefined> {
    const partition = this.#partitionOf(at);
    const { database, group } = this.#parts;
    const stored = await loadMovedPosition(database, { ...at, group });
    partition.position = undefined;
    checkTimeline(at, { stored, remembered: partition.moved });
    partition.position = stored.nextOffset;
    const { nextOffset: next, last } = stored;
    if (next === undefined || !last) return next === undefined ? undefined : { next };
    const { offset } = last;
    const changed = (first: number) => beginAgain(database, { ...at, group }, { offset, first });
    return { next, last: lastRecord(last, changed) };
  }

  async handle(batch: RecordBatch): Promise<BatchOutcome> {
    return this.#alone(batch, () => this.#handle(batch));
  }

  /**
   * Runs `work` between two batches of a partition.
   * @returns `undefined` where this member has no position of the partition: then it is not its own
   */
  async betweenBatches<T>(
    { topic, partition }: TopicPartition,
    work: (held: HeldPartition) => Promise<T>,
  ): Promise<T | undefined> {
    return this.#alone({ topic, partition }, async () => {
      const { position } = this.#partitionOf({ topic, partition });
      if (position === undefined) return undefined;
      return work({ at: { group: this.#parts.group, topic, partition }, position });
    });
  }

  /** One at a time per partition. */
  async #alone<T>(at: TopicPartition, work: () => Promise<T>): Promise<T> {
    const partition = this.#partitionOf(at);
    const turn = partition.busy.then(work);
    partition.busy = turn.catch(() => undefined);
    return turn;
  }

  async #handle(batch: RecordBatch): Promise<BatchOutcome> {
    const { topic, partition: number, nextOffset } = batch;
    const partition = this.#partitionOf(batch);
    const startedAt = performance.now();
    try {
      const readings = await this.#read(batch.records.filter((record) => !isCanary(record)));
      const last = batch.records.at(-1);
      await this.#apply({ topic, partition: number, readings, nextOffset, last: last && markOf(last) });
      partition.backoff.reset();
      this.#parts.metrics.batchHandled(batch.records.length, (performance.now() - startedAt) / 1_000);
      return 'done';
    } catch (error) {
      if (remedyFor(error) !== 'again') throw error;
      return this.#again(batch, partition, error);
    }
  }

  async #read(records: readonly LogRecord[]): Promise<Reading[]> {
    const readings: Reading[] = [];
    for (const record of records) readings.push(await this.#parts.reader.read(record));
    return readings;
  }

  /** Halves a batch that Postgres refuses, until the one event that it refuses stands alone. */
  async #apply(piece: Piece): Promise<void> {
    const { readings, nextOffset } = piece;
    try {
      await this.#tryRepeatedly(piece);
    } catch (error) {
      if (!isRefusedData(error) || readings.length <= 1) throw error;
      const middle = Math.floor(readings.length / 2);
      const rest = readings.slice(middle);
      const before = readings[middle - 1];
      const first = {
        ...piece,
        readings: readings.slice(0, middle),
        nextOffset: rest[0]?.record.offset ?? nextOffset,
        last: before && markOf(before.record),
      };
      await this.#apply(first);
      await this.#apply({ ...piece, readings: rest });
    }
  }

  /** Applies a piece; what still fails at the last attempt is parked. */
  async #tryRepeatedly(piece: Piece): Promise<void> {
    let { readings } = piece;
    for (let number = 1; ; number += 1) {
      const last = number >= (this.#parts.attempts ?? ATTEMPTS);
      try {
        return await this.#commit({ ...piece, readings }, { number, last });
      } catch (error) {
        const failure = failureOf(error, readings);
        if (!failure) throw error;
        if (last || !this.#budget.spend())
          return this.#commit({ ...piece, readings }, { number, last: true, ...failure });
        this.#parts.metrics.batchDelayed(errorCode(failure.poison ?? (error as Error).cause));
        await delay(backoffMs(number, EVENT_RETRY));
        // A schema that the registry did not know may be there now.
        readings = await this.#read(readings.map(({ record }) => record));
      }
    }
  }

  async #commit({ topic, partition, readings, nextOffset, last }: Piece, attempt: Attempt): Promise<void> {
    const state = this.#partitionOf({ topic, partition });
    const at = { group: this.#parts.group, topic, partition };
    const batch: ReadBatch = { at, from: state.position, nextOffset, readings, ...(last && { last }) };
    const { moved, ...result } = await applyBatch(this.#parts, batch, attempt);
    state.position = nextOffset;
    state.moved = moved;
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

  #report({ at, readings, nextOffset }: ReadBatch, { parked, ...counts }: Omit<BatchResult, 'moved'>): void {
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
    const fresh = { position: undefined, moved: undefined, backoff: new Backoff(RETRY), busy: Promise.resolve() };
    const known = this.#partitions.get(key) ?? fresh;
    this.#partitions.set(key, known);
    return known;
  }
}

/** What to park after the last attempt: what failed by itself, or the one event that Postgres refuses. */
function failureOf(error: unknown, readings: readonly Reading[]): Pick<Attempt, 'poison'> | undefined {
  if (error instanceof EventsFailed) return {};
  return isRefusedData(error) && readings.length === 1 ? { poison: error } : undefined;
}
