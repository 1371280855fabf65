/**
 * The port through which everything else reads Kafka. It knows nothing of the client behind it: a consumer says where
 * to read from, takes records, and is told nothing else.
 */

/** One partition of one topic. */
export type TopicPartition = { readonly topic: string; readonly partition: number };

/** A record of the log. Header values are UTF-8 text; of a header that occurs twice, the last one. */
export type LogRecord = {
  readonly offset: number;
  readonly key: string | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly timestampMs: number;
};

/** Committed records of one partition in order. Empty where only aborted records or transaction markers were passed. */
export type RecordBatch = TopicPartition & {
  readonly records: readonly LogRecord[];
  /** Where to go on after these records: past the last one and the transaction markers that follow it. */
  readonly nextOffset: number;
  /** Offset that the broker will give to the next record it replicates. */
  readonly highWatermark: number;
};

/** `done`: effects and position are durable. Otherwise the stored position is read again after the pause. */
export type BatchOutcome = 'done' | { readonly readAgainInMs: number };

/** The last record that was read: read once more, it tells whether the log is still the same. */
export type LastRecord = {
  readonly offset: number;
  readonly is: (record: LogRecord) => boolean;
  /**
   * Called where another record, or none, stands at the offset. Afterwards the position is asked for again.
   * @param first where the log begins
   */
  readonly changed: (first: number) => Promise<void>;
};

/** Where to go on. Without `last` the log is taken for the one that was read. */
export type LogPosition = { readonly next: number; readonly last?: LastRecord };

/** Whoever applies the records, and keeps the position together with the effects. */
export type RecordHandler = {
  /**
   * The position as stored with the effects; `undefined` where nothing is stored, which means the first record of the
   * log. A retriable MillraceError is asked again; any other error ends the consumer.
   */
  position(partition: TopicPartition): Promise<LogPosition | undefined>;
  /** Called with one batch per partition at a time, in order. An error ends the consumer. */
  handle(batch: RecordBatch): Promise<BatchOutcome>;
};

/** What a consumer is doing. */
export type LogConsumerState = {
  /** Member of its group, with or without partitions. */
  readonly joined: boolean;
  /** `next`: offset at which it goes on; `undefined` while it asks for the stored position. */
  readonly assigned: readonly (TopicPartition & { readonly next: number | undefined })[];
  /** Monotonic clock (`performance.now()`) at the last heartbeat that the broker answered; 0 before the first. */
  readonly heartbeatAt: number;
  /** The same clock when the handler was last called, or partitions were last assigned. */
  readonly activeAt: number;
};

/** A member of a consumer group. Runs once. */
export type LogConsumer = {
  /**
   * Reads until `stop`.
   * @throws MillraceError `KAFKA_UNAVAILABLE` when the client gave up; `PREFLIGHT_FAILED` when a stored position is not
   * in the log any more; what the handler threw
   */
  run(handler: RecordHandler): Promise<void>;
  /** Finishes the batches under way and leaves the group; `run` then resolves. */
  stop(): Promise<void>;
  state(): LogConsumerState;
};
