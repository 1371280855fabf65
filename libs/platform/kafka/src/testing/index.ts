export { type BlackHole, openBlackHole } from './black-hole.ts';
export { groupNames } from './group-names.ts';
export { openRawReader, type RawBatch, type RawReader } from './raw-reader.ts';
export { openTestProducer, type TestProducer, type TestRecord } from './test-producer.ts';
export { addPartitions, deleteRecords, deleteTopic } from './topic-surgery.ts';
