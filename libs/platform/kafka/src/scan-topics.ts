import { randomUUID } from 'node:crypto';

import type { Logger } from '@millrace/telemetry';

import { createLogConsumer } from './create-log-consumer.ts';
import type { KafkaAddress } from './kafka-client.ts';
import type { LogConsumer, RecordBatch } from './log-consumer.ts';
import { deleteGroup, type PartitionRange } from './offsets.ts';
import { partitionKey } from './partition-key.ts';

/** What is read, and how long nothing may come. */
export type TopicScan = KafkaAddress & {
  readonly logger: Logger;
  /** Of any topics; each is read from `first` to `end`. */
  readonly ranges: readonly PartitionRange[];
  /** Most records in one batch. Default 500. */
  readonly maxBatchRecords?: number;
  /** When nothing of the ranges has come for so long, the scan gives up. Default: a minute. */
  readonly silenceMs?: number;
};

/** Takes the records of a batch; the next one comes when it is done. */
export type TakeBatch = (batch: RecordBatch) => void | Promise<void>;

const SILENCE_MS = 60_000;

/**
 * Hands over the committed records of ranges, batch by batch, in any order of partitions. Nothing is kept, so topics may be
 * of any size; where all ranges are empty, nothing is read.
 * @throws MillraceError `KAFKA_UNAVAILABLE`; `PREFLIGHT_FAILED` when a log does not hold what a range begins with; Error
 * when the log stays silent before the ends; what `take` threw
 */
export async function scanTopics(
  { brokers, logger, ranges, maxBatchRecords = 500, silenceMs = SILENCE_MS }: TopicScan,
  take: TakeBatch,
): Promise<void> {
  const topics = new Set(ranges.filter(isFilled).map(({ topic }) => topic));
  if (topics.size === 0) return;
  const groupId = `scan-${randomUUID()}`;
  const group = { groupId, topics: [...topics], concurrency: 1, maxBatchRecords };
  try {
    await readToEnds(createLogConsumer({ brokers, logger, ...group }), { ranges, silenceMs }, take);
  } finally {
    await deleteGroup({ brokers }, groupId).catch(() => undefined);
  }
}

async function readToEnds(
  consumer: LogConsumer,
  { ranges, silenceMs }: Required<Pick<TopicScan, 'ranges' | 'silenceMs'>>,
  take: TakeBatch,
): Promise<void> {
  const positions = new Map(ranges.map((range) => [partitionKey(range), range.first]));
  const open = new Map(ranges.filter(isFilled).map((range) => [partitionKey(range), range.end]));
  const done = Promise.withResolvers<void>();
  const giveUp = () => {
    const unread = [...open.keys()].join(', ');
    done.reject(new Error(`nothing came for ${silenceMs} ms, and this was not read to its end: ${unread}`));
  };
  const silence = setTimeout(giveUp, silenceMs);
  const running = consumer.run({
    position: async (at) => {
      const next = positions.get(partitionKey(at));
      return next === undefined ? undefined : { next };
    },
    handle: async (batch) => {
      const key = partitionKey(batch);
      const end = open.get(key);
      // Not asked for, or behind the end: must not keep a scan alive that another partition holds up.
      if (end === undefined) return { readAgainInMs: silenceMs };
      silence.refresh();
      const records = batch.records.filter(({ offset }) => offset < end);
      if (records.length > 0) await take({ ...batch, records });
      positions.set(key, batch.nextOffset);
      if (batch.nextOffset >= end) open.delete(key);
      if (open.size === 0) done.resolve();
      silence.refresh();
      return 'done';
    },
  });
  try {
    await Promise.race([done.promise, running]);
  } finally {
    clearTimeout(silence);
    await consumer.stop();
    await running.catch(() => undefined);
  }
}

function isFilled({ first, end }: PartitionRange): boolean {
  return first < end;
}
