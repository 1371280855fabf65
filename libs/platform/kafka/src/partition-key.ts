import type { TopicPartition } from './log-consumer.ts';

/** A partition as a key of maps and as messages name it. */
export function partitionKey({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`;
}
