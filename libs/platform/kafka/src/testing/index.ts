export { groupNames } from './group-names.ts';
export { openTestProducer, type TestProducer, type TestRecord } from './test-producer.ts';
