import { randomUUID } from 'node:crypto';

import { createLogConsumer, deleteGroup, type PartitionRange, type RecordBatch } from '@millrace/kafka';
import type { Logger } from '@millrace/telemetry';

// Without a record for so long, the end is not reached any more.
const SILENCE_MS = 60_000;

/**
 * Hands over all records of a topic up to `ends`, batch by batch: nothing is kept.
 * @throws MillraceError `KAFKA_UNAVAILABLE`; Error when the log stays silent for a minute before its end
 */
export async function streamTopic(
  { brokers, logger }: { readonly brokers: readonly string[]; readonly logger: Logger },
  { topic, ends }: { readonly topic: string; readonly ends: readonly PartitionRange[] },
  take: (batch: RecordBatch) => Promise<void>,
): Promise<void> {
  const open = new Map(ends.filter(({ first, end }) => end > first).map(({ partition, end }) => [partition, end]));
  if (open.size === 0) return;
  const groupId = `verify-${randomUUID()}`;
  const consumer = createLogConsumer({
    brokers,
    groupId,
    topics: [topic],
    logger,
    concurrency: 1,
    maxBatchRecords: 2_000,
  });
  const positions = new Map<number, number>();
  const done = Promise.withResolvers<void>();
  const silence = setTimeout(
    () => done.reject(new Error(`the end of ${topic} was not reached: nothing came for ${SILENCE_MS} ms`)),
    SILENCE_MS,
  );
  const running = consumer.run({
    position: async ({ partition }) => positions.get(partition),
    handle: async (batch) => {
      silence.refresh();
      await take(batch);
      positions.set(batch.partition, batch.nextOffset);
      if (batch.nextOffset >= (open.get(batch.partition) ?? 0)) open.delete(batch.partition);
      if (open.size === 0) done.resolve();
      return 'done';
    },
  });
  try {
    await Promise.race([done.promise, running]);
  } finally {
    clearTimeout(silence);
    await consumer.stop();
    await running.catch(() => undefined);
    await deleteGroup({ brokers }, groupId).catch(() => undefined);
  }
}
