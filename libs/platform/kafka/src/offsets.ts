import { type KafkaAddress, safeInteger, withAdmin } from './kafka-client.ts';
import type { TopicPartition } from './log-consumer.ts';
import { partitionKey } from './partition-key.ts';

/** What a partition holds: `first` is the oldest offset kept, `end` follows the last committed record. */
export type PartitionRange = TopicPartition & { readonly first: number; readonly end: number };

/** Records of a partition that a group has not committed. */
export type PartitionLag = TopicPartition & { readonly committed: number; readonly end: number; readonly lag: number };

/**
 * Ranges of all partitions of the topics, as a `read_committed` reader sees them.
 * @throws MillraceError `KAFKA_UNAVAILABLE`, also for a topic that does not exist
 */
export async function partitionRanges(address: KafkaAddress, topics: readonly string[]): Promise<PartitionRange[]> {
  return withAdmin(address, async (admin) => {
    const ranges = await Promise.all(
      topics.map(async (topic) => {
        const offsets = await admin.fetchTopicOffsets(topic);
        return offsets.map(({ partition, low, high }) => ({
          topic,
          partition,
          first: safeInteger(low),
          end: safeInteger(high),
        }));
      }),
    );
    return ranges.flat();
  });
}

/**
 * Lag of a consumer group by the offsets it committed to Kafka: needs no database and no living consumer. A partition
 * without a commit counts from its first record. Errors as `partitionRanges`.
 */
export async function groupLag(
  address: KafkaAddress,
  group: string,
  topics: readonly string[],
): Promise<PartitionLag[]> {
  const ranges = await partitionRanges(address, topics);
  const committed = await withAdmin(address, (admin) => admin.fetchOffsets({ groupId: group, topics: [...topics] }));
  const offsets = new Map(
    committed.flatMap(({ topic, partitions }) =>
      partitions.map(({ partition, offset }) => [partitionKey({ topic, partition }), safeInteger(offset)]),
    ),
  );
  return ranges.map(({ topic, partition, first, end }) => {
    const offset = offsets.get(partitionKey({ topic, partition })) ?? -1;
    const from = offset < 0 ? first : offset;
    return { topic, partition, committed: from, end, lag: Math.max(0, end - from) };
  });
}

/**
 * Makes the brokers forget a group and its offsets. It must have no members.
 * @throws MillraceError `KAFKA_UNAVAILABLE`, also for a group that has members or does not exist
 */
export async function deleteGroup(address: KafkaAddress, groupId: string): Promise<void> {
  await withAdmin(address, (admin) => admin.deleteGroups([groupId]));
}
