export { createLogConsumer, type LogConsumerOptions } from './create-log-consumer.ts';
export type { KafkaAddress } from './kafka-client.ts';
export type {
  BatchOutcome,
  LastRecord,
  LogConsumer,
  LogConsumerState,
  LogPosition,
  LogRecord,
  RecordBatch,
  RecordHandler,
  TopicPartition,
} from './log-consumer.ts';
export { deleteGroup, groupLag, type PartitionLag, type PartitionRange, partitionRanges } from './offsets.ts';
export { readTopic, type TopicReading, type TopicRecord } from './read-topic.ts';
export { scanTopics, type TakeBatch, type TopicScan } from './scan-topics.ts';
export { ensureTopics, listTopics, type TopicReport, type TopicSpec } from './topics.ts';
