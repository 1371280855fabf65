/**
 * The way of every command, for any decider:
 *
 *     load ──answer under its key──▶ replay it
 *      │  ├──gate of the tenant is shut──▶ closed
 *      │  └──not the version asked for──▶ precondition failed
 *      ▼
 *     decide ──refused──▶ rejection, nothing stored
 *      ▼
 *     append events, messages, answer ──another writer was faster──▶ wait a little, load again
 *      ▼
 *     acknowledge; now and then a snapshot, outside of the transaction
 */
import { setTimeout as delay } from 'node:timers/promises';

import {
  type Causation,
  type Command,
  type DomainEvent,
  type EventCatalogue,
  isMillraceError,
  MillraceError,
} from '@millrace/core';
import type { CommandBasis, EventStore, NewEvent, StoredAnswer } from '@millrace/event-store';
import type { Attributes } from '@opentelemetry/api';
import { v7 as uuidv7 } from 'uuid';

import { AggregateCache } from './aggregate-cache.ts';
import { closureOf, type CommandGate, gateOf } from './command-gate.ts';
import type { CommandObserver } from './command-observer.ts';
import type { Acknowledgment, CommandOutcome, CommandRequest } from './command-request.ts';
import { type Aggregate, rehydrate } from './rehydrate.ts';
import { causationOf, factOf, idsOf, streamOf } from './request-facts.ts';
import { inSpan, inTraceOf } from './spans.ts';

/** What a handler works with. */
export type CommandHandlerOptions = {
  readonly store: EventStore;
  readonly catalogue: EventCatalogue;
  /** A snapshot is due when so many events have come since the last one; default 100. */
  readonly snapshotIntervalEvents?: number;
  /** Newest snapshots kept per aggregate; default 3. */
  readonly snapshotsKept?: number;
  /** How often a command is decided when other writers are faster; default 6. */
  readonly mostAttempts?: number;
  /** Most aggregates that stay in memory between commands; default 0. */
  readonly aggregatesCached?: number;
  /** What closes a tenant for commands; by default nothing does. */
  readonly gate?: CommandGate;
  readonly observer?: Partial<CommandObserver>;
};

const FIRST_BACK_OFF_MS = 5;

/** Handles commands of every aggregate. What it decides on is always what the store holds, also where some of it is cached. */
export class CommandHandler {
  readonly #store: EventStore;
  readonly #catalogue: EventCatalogue;
  readonly #snapshotIntervalEvents: number;
  readonly #snapshotsKept: number;
  readonly #mostAttempts: number;
  readonly #cache: AggregateCache;
  readonly #gate: CommandGate | undefined;
  readonly #observer: Partial<CommandObserver>;

  constructor(options: CommandHandlerOptions) {
    this.#store = options.store;
    this.#catalogue = options.catalogue;
    this.#snapshotIntervalEvents = options.snapshotIntervalEvents ?? 100;
    this.#snapshotsKept = options.snapshotsKept ?? 3;
    this.#mostAttempts = options.mostAttempts ?? 6;
    this.#cache = new AggregateCache(options.aggregatesCached ?? 0);
    this.#gate = options.gate;
    this.#observer = options.observer ?? {};
  }

  /**
   * Decides a command and stores what follows from it. When another writer is faster, it decides again on the new state;
   * with `ifMatch` that ends as `precondition-failed`.
   * @throws MillraceError `VERSION_CONFLICT` when others were faster `mostAttempts` times in a row; `IDEMPOTENCY_KEY_REUSED`;
   *   `STORE_UNAVAILABLE`, `UNKNOWN_EVENT_TYPE`, `CORRUPT_STREAM`, `PAYLOAD_INVALID`, `PAYLOAD_TOO_LARGE`
   */
  async handle<State, C extends Command, E extends DomainEvent, Code extends string>(
    request: CommandRequest<State, C, E, Code>,
  ): Promise<CommandOutcome<Code>> {
    const { command, decider, context } = request;
    const attributes = { 'millrace.aggregate_type': decider.aggregateType, 'millrace.command': command.type };
    const outcome = await inTraceOf(context.traceparent, () =>
      inSpan(`command ${command.type}`, attributes, async (span) => {
        const decided = await this.#decideUntilStored(request);
        span.setAttributes(attributesOf(decided));
        return decided;
      }),
    );
    // Only this decider can have refused, so the code is one of its own.
    return outcome as CommandOutcome<Code>;
  }

  async #decideUntilStored(request: CommandRequest): Promise<CommandOutcome> {
    const causation = causationOf(request.context);
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#attempt(request, causation);
      } catch (error) {
        // A key that is taken means that a twin of the command has just committed: the next load finds its answer.
        if (!isMillraceError(error, 'VERSION_CONFLICT', 'IDEMPOTENCY_KEY_TAKEN')) throw error;
        this.#observer.conflict?.(factOf(request));
        this.#cache.evict(streamOf(request));
        if (attempt >= this.#mostAttempts) throw error;
        await delay(Math.random() * FIRST_BACK_OFF_MS * 2 ** attempt);
      }
    }
  }

  async #attempt(request: CommandRequest, causation: Causation): Promise<CommandOutcome> {
    const { decider, command, context, idempotency } = request;
    const { basis, known } = await this.#load(request);
    if (idempotency && basis.answer) return this.#replay(request, basis.answer);

    const aggregate = rehydrate(decider, basis, known);
    this.#cache.set(streamOf(request), aggregate);
    this.#observer.loaded?.({ ...factOf(request), eventsReplayed: basis.events.length });
    const refused = this.#refusedUndecided(request, aggregate.version, basis.gate);
    if (refused) return refused;
    const decision = await inSpan('decide', { 'millrace.version': aggregate.version }, () =>
      decider.decide(command, aggregate.state, context),
    );
    if (decision.outcome === 'rejected') {
      this.#observer.rejected?.({ ...factOf(request), code: decision.code });
      return { ...decision, ...idsOf(request, aggregate.version) };
    }
    const events = decision.events.map((event) => this.#stamped(event, context.now));
    // Before the append: an event that cannot be folded must not be stored.
    const after = this.#after(request, aggregate, events);
    const acknowledgment = await this.#append(request, { aggregate, events, causation });
    if (events.length > 0) {
      const snapshotVersion = await this.#saveSnapshotIfDue(request, after);
      this.#cache.set(streamOf(request), { ...after, snapshotVersion });
    }
    return { outcome: 'accepted', acknowledgment, replayed: false };
  }

  /** What the store holds of the aggregate, beyond what is cached. A cached one that it does not continue counts for nothing. */
  async #load(request: CommandRequest): Promise<{ basis: CommandBasis; known?: Aggregate<unknown> }> {
    const stream = streamOf(request);
    const known = this.#cache.get(stream);
    const needs = {
      stateVersion: request.decider.stateVersion,
      idempotencyKey: request.idempotency?.key,
      knownVersion: known?.version,
      gate: gateOf(this.#gate, request),
    };
    const basis = await inSpan('load', {}, () => this.#store.loadForCommand(stream, needs));
    if (this.#cache.isOn) this.#observer.cacheAsked?.({ ...factOf(request), hit: known !== undefined });
    if (!known) return { basis };
    const [last, ...later] = basis.events;
    if (last?.eventId === known.newestEventId) return { basis: { ...basis, events: later }, known };
    this.#cache.evict(stream);
    return this.#load(request);
  }

  #refusedUndecided(request: CommandRequest, version: number, gate: string | undefined): CommandOutcome | undefined {
    const closure = closureOf(this.#gate, gate);
    if (closure) {
      this.#observer.rejected?.({ ...factOf(request), code: closure.code });
      return { outcome: 'closed', ...closure, ...idsOf(request, version) };
    }
    const { ifMatch } = request;
    if (ifMatch === undefined || ifMatch === version) return undefined;
    this.#observer.preconditionFailed?.(factOf(request));
    return { outcome: 'precondition-failed', expectedVersion: ifMatch, ...idsOf(request, version) };
  }

  #after(
    { decider }: CommandRequest,
    { state, version, snapshotVersion, newestEventId }: Aggregate<unknown>,
    events: readonly NewEvent[],
  ): Aggregate<unknown> {
    return {
      state: events.reduce((folded, event) => decider.evolve(folded, event), state),
      version: version + events.length,
      snapshotVersion,
      newestEventId: events.at(-1)?.eventId ?? newestEventId,
    };
  }

  #replay(request: CommandRequest, { requestHash, answer }: StoredAnswer): CommandOutcome {
    if (requestHash !== request.idempotency?.requestHash) {
      throw new MillraceError('IDEMPOTENCY_KEY_REUSED', 'the idempotency key was used for another request');
    }
    this.#observer.accepted?.({ ...factOf(request), eventTypes: [], replayed: true });
    return { outcome: 'accepted', acknowledgment: answer as Acknowledgment, replayed: true };
  }

  async #append(request: CommandRequest, { aggregate, events, causation }: Accepted): Promise<Acknowledgment> {
    const acknowledgment: Acknowledgment = { status: 'accepted', ...idsOf(request, aggregate.version + events.length) };
    // HTTP status: the first command creates.
    const answerStatus = aggregate.version === 0 ? 201 : 200;
    const idempotency = request.idempotency && { ...request.idempotency, answerStatus, answer: acknowledgment };
    if (events.length > 0 || idempotency) {
      const append = {
        stream: streamOf(request),
        expectedVersion: aggregate.version,
        events,
        causation,
        idempotency,
      };
      await inSpan('append', { 'millrace.version': acknowledgment.version }, () => this.#store.append(append));
    }
    this.#observer.accepted?.({ ...factOf(request), eventTypes: events.map(({ type }) => type), replayed: false });
    return acknowledgment;
  }

  #stamped(event: DomainEvent, occurredAt: string): NewEvent {
    return { ...event, eventId: uuidv7(), eventVersion: this.#catalogue.currentVersion(event.type), occurredAt };
  }

  /**
   * By the distance to the last one: a command with several events may jump over a multiple of the interval.
   * @returns version of the newest snapshot
   */
  async #saveSnapshotIfDue(request: CommandRequest, after: Aggregate<unknown>): Promise<number> {
    const { state, version, snapshotVersion } = after;
    if (version - snapshotVersion < this.#snapshotIntervalEvents) return snapshotVersion;
    const startedAt = performance.now();
    const snapshot = { sequenceNumber: version, stateVersion: request.decider.stateVersion, state };
    try {
      await inSpan('snapshot', { 'millrace.version': version }, () =>
        this.#store.saveSnapshot(streamOf(request), snapshot, this.#snapshotsKept),
      );
      this.#observer.snapshotSaved?.({ ...factOf(request), version, durationMs: performance.now() - startedAt });
      return version;
    } catch (error) {
      this.#observer.snapshotFailed?.({ ...factOf(request), error });
      return snapshotVersion;
    }
  }
}

type Accepted = {
  readonly aggregate: Aggregate<unknown>;
  readonly events: readonly NewEvent[];
  readonly causation: Causation;
};

/** What a trace says of an outcome: nothing that names a tenant or an aggregate, and no data. */
function attributesOf(decided: CommandOutcome): Attributes {
  const attributes = { 'millrace.outcome': decided.outcome };
  if (decided.outcome === 'accepted') {
    const { acknowledgment, replayed } = decided;
    return { ...attributes, 'millrace.version': acknowledgment.version, 'millrace.replayed': replayed };
  }
  if (decided.outcome === 'rejected') {
    return { ...attributes, 'millrace.version': decided.version, 'millrace.rejection_code': decided.code };
  }
  return { ...attributes, 'millrace.version': decided.version };
}
