export { compareProjection, type ProjectionComparison, replay } from './compare-projection.ts';
export { compareTopic, type StoredEventRef, type TopicComparison, type TopicRecordRef } from './compare-topic.ts';
export {
  type CarryingTopic,
  isConsistent,
  type PipelineReport,
  type PipelineScope,
  verifyPipeline,
} from './verify-pipeline.ts';
