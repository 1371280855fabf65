import type { Logger } from '@millrace/telemetry';

import type { KafkaAddress } from './kafka-client.ts';
import type { LogRecord } from './log-consumer.ts';
import { partitionRanges } from './offsets.ts';
import { scanTopics } from './scan-topics.ts';

/** A record and the partition it was read from. */
export type TopicRecord = LogRecord & { readonly partition: number };

/** Where to begin. */
export type TopicReading = {
  readonly logger: Logger;
  /** First offset to read, by partition; the start of the log by default. */
  readonly from?: ReadonlyMap<number, number>;
};

/**
 * All committed records of a topic up to its end now, by partition and offset. For tests and checks: everything is held
 * in memory. Errors as `scanTopics`.
 */
export async function readTopic(
  address: KafkaAddress,
  topic: string,
  { logger, from = new Map<number, number>() }: TopicReading,
): Promise<TopicRecord[]> {
  const ranges = (await partitionRanges(address, [topic])).map((range) => ({
    ...range,
    first: from.get(range.partition) ?? range.first,
  }));
  const records: TopicRecord[] = [];
  await scanTopics({ ...address, logger, ranges }, (batch) => {
    records.push(...batch.records.map((record) => ({ ...record, partition: batch.partition })));
  });
  const byPlace = (a: TopicRecord, b: TopicRecord) => a.partition - b.partition || a.offset - b.offset;
  return records.sort(byPlace);
}
