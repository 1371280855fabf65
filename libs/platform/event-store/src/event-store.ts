import type { Causation, DomainEvent, RecordedEvent, StreamId } from '@millrace/core';

/**
 * Where events are kept for good: one stream per aggregate, one order over all of them, and beside the events what
 * makes commands quick and repeatable: snapshots and the answers to idempotency keys.
 *
 * Versions: the first event of a stream has sequence number 1; the version of a stream is the sequence number of its
 * newest event, 0 without events.
 *
 * Every method throws MillraceError `STORE_UNAVAILABLE` when the store cannot be reached.
 */
export type EventStore = {
  /**
   * Adds events to the end of a stream, announces them and keeps the answer to the command: all or nothing.
   * @returns the new version
   * @throws MillraceError `VERSION_CONFLICT` (facts `expected`, `actual`) unless the stream is at `expectedVersion`;
   *   `DUPLICATE_EVENT` when the tenant has an event with the same id; `IDEMPOTENCY_KEY_TAKEN` when the tenant has an
   *   answer under the key; `PAYLOAD_INVALID`, `PAYLOAD_TOO_LARGE`, `UNKNOWN_EVENT_TYPE` when an event cannot be kept
   */
  append(append: Append): Promise<number>;

  /**
   * Events of one stream in order, in the current version of their types.
   * @throws MillraceError `UNKNOWN_EVENT_TYPE`: to leave an event out would mean to decide on a wrong state
   */
  load(stream: StreamId, range?: StreamRange): Promise<RecordedEvent[]>;

  /** What a command needs to be decided, in one round trip: newest usable snapshot, the events after it, answer, gate. */
  loadForCommand(stream: StreamId, needs: CommandNeeds): Promise<CommandBasis>;

  /**
   * Events of all streams, in an order that is the same for every reader and keeps that of each stream. An event shows up
   * once every transaction that began before it has ended: nothing can appear before the cursor of a reader.
   */
  readAll(page: PageRequest): Promise<Page>;

  /** Newest snapshot of `stateVersion` that covers nothing outside of the range. */
  latestSnapshot(stream: StreamId, wanted: SnapshotWanted): Promise<Snapshot | undefined>;

  /** Keeps a snapshot, and of the stream's snapshots the newest `keep`. One that is there already stays as it is. */
  saveSnapshot(stream: StreamId, snapshot: Snapshot, keep: number): Promise<void>;

  /** Answer that was stored under an idempotency key of the tenant. */
  findAnswer(tenantId: string, key: string): Promise<StoredAnswer | undefined>;
};

/** An event that is about to be stored. */
export type NewEvent<E extends DomainEvent = DomainEvent> = E & {
  /** UUID, unique in its tenant. */
  readonly eventId: string;
  /** Version of the schema that `data` fits. Only events of the current version can be announced. */
  readonly eventVersion: number;
  /** RFC 3339 in UTC. */
  readonly occurredAt: string;
  readonly metadata?: Readonly<Record<string, string>>;
};

/** Answer to a command under the key that its sender gave it. */
export type StoredAnswer = {
  /** Fingerprint of the request: the same key with another one belongs to a different request. */
  readonly requestHash: string;
  /** HTTP status. */
  readonly answerStatus: number;
  /** Plain JSON. */
  readonly answer: unknown;
};

/** What one command adds. */
export type Append = {
  readonly stream: StreamId;
  /** Version that the decision was made on; 0: the stream must not exist. */
  readonly expectedVersion: number;
  /** At most 1,000; none at all only keeps the answer. */
  readonly events: readonly NewEvent[];
  readonly causation: Causation;
  readonly idempotency?: (StoredAnswer & { readonly key: string }) | undefined;
  /** Default true. False is for import tools alone: no projection sees the events until it is rebuilt. */
  readonly publish?: boolean;
};

/** Part of a stream; all of it by default. */
export type StreamRange = {
  /** First version, inclusive; default 1. */
  readonly fromVersion?: number;
  /** Last version, inclusive. */
  readonly toVersion?: number | undefined;
  /** RFC 3339: the stream ends before the first event that occurred after it. */
  readonly until?: string | undefined;
};

/** Which snapshot will do. `toVersion` and `until` as in `StreamRange`. */
export type SnapshotWanted = Pick<StreamRange, 'toVersion' | 'until'> & { readonly stateVersion: number };

/** State of an aggregate after its first `sequenceNumber` events. `state` is plain JSON. */
export type Snapshot = { readonly sequenceNumber: number; readonly stateVersion: number; readonly state: unknown };

/** What `loadForCommand` shall look for. */
export type CommandNeeds = {
  readonly stateVersion: number;
  readonly idempotencyKey?: string | undefined;
  /**
   * The state after this event is known: no snapshot is wanted, and events only from this one on. It is among them so that
   * it can be seen whether it still is the one that was known.
   */
  readonly knownVersion?: number | undefined;
  readonly gate?: Gate | undefined;
};

/** A stream of the same tenant whose newest event of some types decides whether commands may pass. */
export type Gate = Omit<StreamId, 'tenantId'> & { readonly eventTypes: readonly string[] };

/** What `loadForCommand` found. */
export type CommandBasis = {
  readonly snapshot?: Snapshot;
  /** Events after the snapshot, or from the known version on, or all. */
  readonly events: readonly RecordedEvent[];
  readonly answer?: StoredAnswer;
  /** Type of the gate's newest event. */
  readonly gate?: string;
};

/** Which page of the whole store. */
export type PageRequest = {
  /** Cursor of the page before; from the beginning without. */
  readonly after?: string | undefined;
  /** RFC 3339: only events that occurred then or later. It leaves out, it does not order: the cursor goes by commits. */
  readonly since?: string | undefined;
  readonly limit: number;
};

/** A page of the whole store. */
export type Page = {
  readonly events: readonly RecordedEvent[];
  /** Events of types that the catalogue does not know; they belong to others. */
  readonly skipped: number;
  /** Where the next page begins; absent when nothing was read and no cursor given. The end: nothing read nor skipped. */
  readonly cursor?: string;
};
