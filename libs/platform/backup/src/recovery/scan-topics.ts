import { randomUUID } from 'node:crypto';

import { createLogConsumer, deleteGroup, type LogRecord, type PartitionRange } from '@millrace/kafka';
import type { Logger } from '@millrace/telemetry';

/** What is read, and who is told of it. */
export type TopicScan = {
  readonly brokers: readonly string[];
  readonly logger: Logger;
  /** Each from `first` to `end`. */
  readonly ranges: readonly PartitionRange[];
  readonly onRecord: (record: LogRecord, topic: string) => void;
};

/** Reads ranges of topics once, and holds nothing. @throws MillraceError `KAFKA_UNAVAILABLE` */
export async function scanTopics({ brokers, logger, ranges, onRecord }: TopicScan): Promise<void> {
  const key = ({ topic, partition }: { topic: string; partition: number }): string => `${topic}/${partition}`;
  const open = new Map(ranges.filter(({ first, end }) => first < end).map((range) => [key(range), range]));
  if (open.size === 0) return;
  const groupId = `recover-${randomUUID()}`;
  const topics = [...new Set([...open.values()].map(({ topic }) => topic))];
  const consumer = createLogConsumer({ brokers, groupId, topics, logger });
  const positions = new Map(ranges.map((range) => [key(range), range.first]));
  const done = Promise.withResolvers<void>();
  const running = consumer.run({
    position: async (at) => positions.get(key(at)),
    handle: async (batch) => {
      for (const record of batch.records) onRecord(record, batch.topic);
      positions.set(key(batch), batch.nextOffset);
      if (batch.nextOffset >= (open.get(key(batch))?.end ?? Infinity)) open.delete(key(batch));
      if (open.size === 0) done.resolve();
      return 'done';
    },
  });
  try {
    await Promise.race([done.promise, running]);
  } finally {
    await consumer.stop();
    await running.catch(() => undefined);
    await deleteGroup({ brokers }, groupId).catch(() => undefined);
  }
}
