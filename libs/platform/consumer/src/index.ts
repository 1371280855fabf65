export { Backoff, backoffMs } from './backoff.ts';
export { applyBatch, type BatchParts, type BatchResult, type ReadBatch } from './batch-transaction.ts';
export { ConsumerMetrics } from './consumer-metrics.ts';
export {
  type Group,
  type GroupContext,
  type GroupWork,
  runGroup,
  runProjection,
  runPublisher,
} from './consumer-service.ts';
export type { BatchEffect, Effect } from './effect.ts';
export { GroupHandler, type GroupHandlerParts } from './group-handler.ts';
export { exposeLag, LagMeter, type LagSources, type PartitionLagSample } from './lag-meter.ts';
export type { ParkedEvent } from './parking.ts';
export { type GroupPartition, loadPositions, seekToBeginning, type StoredPosition } from './position.ts';
export { projectionEffect } from './projection-effect.ts';
export type { PublicMapping } from './public-mapping.ts';
export { publicationEffect, publicEvent } from './publication-effect.ts';
export { type RebuildParts, rebuildProjection, type RebuildReport } from './rebuild.ts';
export { type Reading, type RecordDecoder, RecordReader } from './record-reader.ts';
export { subscribe, type Subscription, type SubscriptionOptions } from './subscription.ts';
