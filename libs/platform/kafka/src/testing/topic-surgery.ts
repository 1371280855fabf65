import { withAdmin } from '../kafka-client.ts';

/** What retention does: removes the records of every partition in front of an offset. For tests. */
export async function deleteRecords(
  brokers: readonly string[],
  { topic, before }: { readonly topic: string; readonly before: number },
): Promise<void> {
  await withAdmin({ brokers }, async (admin) => {
    const partitions = await admin.fetchTopicOffsets(topic);
    const cut = partitions.map(({ partition, high }) => ({
      partition,
      offset: String(Math.min(before, Number(high))),
    }));
    await admin.deleteTopicRecords({ topic, partitions: cut });
  });
}

/** What an operator must not do: gives a topic more partitions. For tests. */
export async function addPartitions(brokers: readonly string[], topic: string, count: number): Promise<void> {
  await withAdmin({ brokers }, (admin) => admin.createPartitions({ topicPartitions: [{ topic, count }] }));
}

/** Deletes a topic with all its records. */
export async function deleteTopic(brokers: readonly string[], topic: string): Promise<void> {
  await withAdmin({ brokers }, (admin) => admin.deleteTopics({ topics: [topic] }));
}
