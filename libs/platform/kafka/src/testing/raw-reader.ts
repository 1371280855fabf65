import { CONCURRENCY, fetching } from '../fetching.ts';
import { kafkaClient, safeInteger } from '../kafka-client.ts';

/** Records of one partition that kafkajs has fetched. */
export type RawBatch = { readonly partition: number; readonly records: number; readonly lastOffset: number };

/** A group that reads topics with kafkajs alone. */
export type RawReader = { close(): Promise<void> };

/** Reads topics from their beginning with kafkajs alone, and fetches as our consumer does: what the client itself costs. */
export async function openRawReader(
  {
    brokers,
    groupId,
    topics,
  }: { readonly brokers: readonly string[]; readonly groupId: string; readonly topics: readonly string[] },
  take: (batch: RawBatch) => void,
): Promise<RawReader> {
  const consumer = kafkaClient({ brokers, clientId: groupId }).consumer({ groupId, ...fetching });
  await consumer.connect();
  await consumer.subscribe({ topics: [...topics], fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    partitionsConsumedConcurrently: CONCURRENCY,
    eachBatch: async ({ batch }) => {
      const { partition, messages } = batch;
      take({ partition, records: messages.length, lastOffset: safeInteger(batch.lastOffset()) });
    },
  });
  return { close: () => consumer.disconnect() };
}
