export { aggregateTypesOn } from './aggregate-types.ts';
export { checkGroupRows, type GroupRowsCheck, type GroupRowsParts } from './check-group-rows.ts';
export {
  type CheckedGroup,
  checkStreams,
  type StreamCheck,
  type StreamCheckParts,
  type StreamMismatch,
} from './check-streams.ts';
export { compareProjection, type ProjectionComparison, replay } from './compare-projection.ts';
export { compareTopic, type StoredEventRef, type TopicComparison, type TopicRecordRef } from './compare-topic.ts';
export { extraRows, type RowSelection } from './extra-rows.ts';
export { recordsBehind } from './records-behind.ts';
export {
  type EverythingReport,
  type EverythingScope,
  isWhole,
  type PublishedTopic,
  verifyEverything,
} from './verify-everything.ts';
export { gatheredMismatches, type GroupReport, type GroupScope, verifyGroup } from './verify-group.ts';
export {
  type CarryingTopic,
  isConsistent,
  type PipelineReport,
  type PipelineScope,
  verifyPipeline,
} from './verify-pipeline.ts';
export { type BrokenStream, type StoreReport, verifyStore } from './verify-store.ts';
export { type EventName, type Named, type TopicReport, type TopicScope, verifyTopic } from './verify-topic.ts';
