/** The event store without a database, for unit tests and trials: same contract, same refusals, nothing announced. */
import { type EventCatalogue, MillraceError, type RecordedEvent, type StreamId } from '@millrace/core';

import { versionConflict } from './append-failure.ts';
import { checkedAppend } from './checked-append.ts';
import type {
  Append,
  CommandBasis,
  CommandNeeds,
  EventStore,
  Page,
  PageRequest,
  Snapshot,
  SnapshotWanted,
  StoredAnswer,
  StreamRange,
} from './event-store.ts';
import { canonicalInstant, microsecondsOf } from './instant.ts';
import { decodeCursor, encodeCursor, STORE_BEGINNING } from './store-cursor.ts';

/** What is kept is JSON text, so nobody can hold a reference into the store. */
type Json = string;

/** What the stores of one program share, as others share a database. */
export class EventMemory {
  /** All events in the order in which they came, as they were written. */
  readonly log: Json[] = [];
  readonly streams = new Map<string, Json[]>();
  readonly eventIds = new Set<string>();
  /** Per stream, ascending. */
  readonly snapshots = new Map<string, Json[]>();
  readonly answers = new Map<string, Json>();
}

/** `EventStore` in memory. */
export class InMemoryEventStore implements EventStore {
  readonly #catalogue: EventCatalogue;
  readonly #memory: EventMemory;

  constructor(catalogue: EventCatalogue, memory: EventMemory = new EventMemory()) {
    this.#catalogue = catalogue;
    this.#memory = memory;
  }

  // Nothing is awaited between the checks and the writes: that is the transaction.
  async append(request: Append): Promise<number> {
    const append = checkedAppend(request, this.#catalogue);
    const { stream, expectedVersion, events, causation, idempotency } = append;
    const stored = this.#stream(stream);
    if (stored.length !== expectedVersion) throw versionConflict(append, stored.length);
    this.#refuseKnownIds(append);
    if (idempotency) this.#keepAnswer(stream.tenantId, idempotency);
    events.forEach((event, index) => {
      const sequenceNumber = expectedVersion + index + 1;
      const json = JSON.stringify({ metadata: {}, ...event, ...stream, ...causation, sequenceNumber });
      stored.push(json);
      this.#memory.log.push(json);
      this.#memory.eventIds.add(keyOf(stream.tenantId, event.eventId));
    });
    return expectedVersion + events.length;
  }

  async load(stream: StreamId, { fromVersion = 1, ...range }: StreamRange = {}): Promise<RecordedEvent[]> {
    return this.#stream(stream)
      .slice(fromVersion - 1, this.#lastVersion(stream, range))
      .map((json) => this.#recorded(json));
  }

  async loadForCommand(stream: StreamId, needs: CommandNeeds): Promise<CommandBasis> {
    const { stateVersion, idempotencyKey, knownVersion, gate: wanted } = needs;
    const snapshot = knownVersion === undefined ? await this.latestSnapshot(stream, { stateVersion }) : undefined;
    const answer = idempotencyKey === undefined ? undefined : await this.findAnswer(stream.tenantId, idempotencyKey);
    const events = await this.load(stream, { fromVersion: knownVersion ?? (snapshot?.sequenceNumber ?? 0) + 1 });
    const gate = wanted && this.#newestOf({ ...wanted, tenantId: stream.tenantId }, wanted.eventTypes);
    return {
      events,
      ...(snapshot && { snapshot }),
      ...(answer && { answer }),
      ...(gate !== undefined && { gate }),
    };
  }

  async readAll({ after, since, limit }: PageRequest): Promise<Page> {
    const { transactionId, globalPosition } = after === undefined ? STORE_BEGINNING : decodeCursor(after);
    const from = since === undefined ? -Infinity : microsecondsOf(canonicalInstant(since));
    const page = this.#memory.log
      .map((json, index) => ({ event: JSON.parse(json) as RecordedEvent, json, position: index + 1 }))
      .filter(({ event, position }) => position > globalPosition && microsecondsOf(event.occurredAt) >= from)
      .slice(0, limit);
    const known = page.filter(({ event }) => this.#catalogue.has(event.type));
    const last = page.at(-1);
    const cursor = last ? encodeCursor({ transactionId, globalPosition: last.position }) : after;
    return {
      events: known.map(({ json }) => this.#recorded(json)),
      skipped: page.length - known.length,
      ...(cursor !== undefined && { cursor }),
    };
  }

  async latestSnapshot(stream: StreamId, { stateVersion, ...range }: SnapshotWanted): Promise<Snapshot | undefined> {
    const last = this.#lastVersion(stream, range);
    const usable = this.#snapshotsOf(stream).filter(
      (it) => it.stateVersion === stateVersion && it.sequenceNumber <= last,
    );
    return usable.at(-1);
  }

  async saveSnapshot(stream: StreamId, snapshot: Snapshot, keep: number): Promise<void> {
    const kept = this.#snapshotsOf(stream);
    if (!kept.some(({ sequenceNumber }) => sequenceNumber === snapshot.sequenceNumber)) kept.push(snapshot);
    const newest = kept.sort((left, right) => left.sequenceNumber - right.sequenceNumber).slice(-keep);
    this.#memory.snapshots.set(
      streamKey(stream),
      newest.map((it) => JSON.stringify(it)),
    );
  }

  async findAnswer(tenantId: string, key: string): Promise<StoredAnswer | undefined> {
    const json = this.#memory.answers.get(keyOf(tenantId, key));
    return json === undefined ? undefined : (JSON.parse(json) as StoredAnswer);
  }

  #stream(stream: StreamId): Json[] {
    const key = streamKey(stream);
    const stored = this.#memory.streams.get(key) ?? [];
    this.#memory.streams.set(key, stored);
    return stored;
  }

  #newestOf(stream: StreamId, eventTypes: readonly string[]): string | undefined {
    const types = this.#stream(stream).map((json) => (JSON.parse(json) as RecordedEvent).type);
    return types.findLast((type) => eventTypes.includes(type));
  }

  #recorded(json: Json): RecordedEvent {
    const event = JSON.parse(json) as RecordedEvent;
    return { ...event, data: this.#catalogue.upcast(event.type, event.eventVersion, event.data) };
  }

  /** Version at which the range ends: before the first event after `until`, so that there is no gap. */
  #lastVersion(stream: StreamId, { toVersion = Infinity, until }: Pick<StreamRange, 'toVersion' | 'until'>): number {
    if (until === undefined) return toVersion;
    const end = microsecondsOf(canonicalInstant(until));
    const later = this.#stream(stream).findIndex(
      (json) => microsecondsOf((JSON.parse(json) as RecordedEvent).occurredAt) > end,
    );
    return Math.min(toVersion, later === -1 ? Infinity : later);
  }

  #refuseKnownIds({ stream, events }: Append): void {
    const ids = events.map(({ eventId }) => keyOf(stream.tenantId, eventId));
    if (new Set(ids).size === ids.length && !ids.some((id) => this.#memory.eventIds.has(id))) return;
    throw new MillraceError('DUPLICATE_EVENT', 'an event with the same id is stored already');
  }

  #keepAnswer(tenantId: string, { key, ...answer }: StoredAnswer & { key: string }): void {
    const taken = keyOf(tenantId, key);
    if (this.#memory.answers.has(taken)) {
      throw new MillraceError('IDEMPOTENCY_KEY_TAKEN', 'a command with the same idempotency key committed first');
    }
    this.#memory.answers.set(taken, JSON.stringify(answer));
  }

  #snapshotsOf(stream: StreamId): Snapshot[] {
    return (this.#memory.snapshots.get(streamKey(stream)) ?? []).map((json) => JSON.parse(json) as Snapshot);
  }
}

const keyOf = (...parts: string[]): string => JSON.stringify(parts);

const streamKey = ({ tenantId, aggregateType, aggregateId }: StreamId): string =>
  keyOf(tenantId, aggregateType, aggregateId);
