export { pruneSnapshots, purgeIdempotencyKeys } from './clean-up.ts';
export type {
  Append,
  CommandBasis,
  CommandNeeds,
  EventStore,
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
