import { randomUUID } from 'node:crypto';

import type { Logger } from '@millrace/telemetry';

import { createLogConsumer } from './create-log-consumer.ts';
import type { KafkaAddress } from './kafka-client.ts';
import type { LogConsumer, LogRecord, RecordBatch } from './log-consumer.ts';
import { deleteGroup, partitionRanges } from './offsets.ts';

/** A record and the partition it was read from. */
export type TopicRecord = LogRecord & { readonly partition: number };

const GIVE_UP_MS = 60_000;

/** Where to begin, and how long to try. */
export type TopicScanOptions = {
  readonly logger: Logger;
  /** First offset to read, by partition; the start of the log by default. */
  readonly from?: ReadonlyMap<number, number>;
  /** Default: a minute. */
  readonly giveUpMs?: number;
};

/**
 * All committed records of a topic up to its end now, by partition and offset. For tests and checks: everything is held
 * in memory.
 * @throws MillraceError `KAFKA_UNAVAILABLE`; Error when the end is not reached in time
 */
export async function readTopic(
  address: KafkaAddress,
  topic: string,
  options: TopicScanOptions,
): Promise<TopicRecord[]> {
  const records: TopicRecord[] = [];
  await scanTopic({ ...address, topic, ...options }, (batch) => {
    records.push(...batch.records.map((record) => ({ ...record, partition: batch.partition })));
  });
  const byPlace = (a: TopicRecord, b: TopicRecord) => a.partition - b.partition || a.offset - b.offset;
  return records.sort(byPlace);
}

/** The same batch by batch, in any order of partitions: for topics of any size. Errors as `readTopic`. */
export async function scanTopic(
  {
    brokers,
    topic,
    logger,
    from = new Map<number, number>(),
    giveUpMs = GIVE_UP_MS,
  }: KafkaAddress & TopicScanOptions & { readonly topic: string },
  take: (batch: RecordBatch) => void,
): Promise<void> {
  const ranges = await partitionRanges({ brokers }, [topic]);
  const open = new Map(
    ranges
      .filter(({ partition, first, end }) => end > (from.get(partition) ?? first))
      .map(({ partition, end }) => [partition, end]),
  );
  if (open.size === 0) return;
  const groupId = `read-topic-${randomUUID()}`;
  const consumer = createLogConsumer({ brokers, groupId, topics: [topic], logger });
  await readUntilClosed(consumer, { open, from, giveUpMs }, take);
  await deleteGroup({ brokers }, groupId).catch(() => undefined);
}

/** `open`: end offset of each partition that is not read to its end yet. */
async function readUntilClosed(
  consumer: LogConsumer,
  { open, from, giveUpMs }: { open: Map<number, number>; from: ReadonlyMap<number, number>; giveUpMs: number },
  take: (batch: RecordBatch) => void,
): Promise<void> {
  const positions = new Map(from);
  const done = Promise.withResolvers<void>();
  const running = consumer.run({
    position: async ({ partition }) => positions.get(partition),
    handle: async (batch) => {
      take(batch);
      positions.set(batch.partition, batch.nextOffset);
      if (batch.nextOffset >= (open.get(batch.partition) ?? 0)) open.delete(batch.partition);
      if (open.size === 0) done.resolve();
      return 'done';
    },
  });
  const late = () => done.reject(new Error(`the end of the topic was not reached in ${giveUpMs} ms`));
  const timer = setTimeout(late, giveUpMs);
  try {
    await Promise.race([done.promise, running]);
  } finally {
    clearTimeout(timer);
    await consumer.stop();
    await running.catch(() => undefined);
  }
}
