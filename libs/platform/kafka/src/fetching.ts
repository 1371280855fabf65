/** How records are fetched, by our consumer and by what it is measured against. */
export const fetching = {
  /** Longest fetch without records; also the longest that a resumed partition waits for its next fetch. */
  maxWaitTimeInMs: 500,
  /** What one fetch may bring into memory; the next one is sent when all of it has been handled. */
  maxBytes: 2 * 1024 * 1024,
  maxBytesPerPartition: 256 * 1024,
  readUncommitted: false,
  allowAutoTopicCreation: false,
} as const;

/** Partitions that are handled at the same time, unless told otherwise. */
export const CONCURRENCY = 4;
