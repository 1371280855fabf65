export { pruneSnapshots, purgeIdempotencyKeys } from './clean-up.ts';
export type {
  Append,
  CommandBasis,
  CommandNeeds,
  EventStore,
  Gate,
  NewEvent,
  Page,
  PageRequest,
  Snapshot,
  SnapshotWanted,
  StoredAnswer,
  StreamRange,
} from './event-store.ts';
export { EventMemory, InMemoryEventStore } from './in-memory-event-store.ts';
export { PostgresEventStore, type PostgresEventStoreOptions } from './postgres-event-store.ts';
export { givePartition, type TenantPartition } from './tenant-partition.ts';
