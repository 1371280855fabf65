export { openTestProducer, type TestProducer, type TestRecord } from './test-producer.ts';
