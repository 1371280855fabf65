/**
 * The way of every command, for any decider:
 *
 *     load ──answer under its key──▶ replay it
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
  type StreamId,
} from '@millrace/core';
import type { EventStore, NewEvent, StoredAnswer } from '@millrace/event-store';
import type { Attributes } from '@opentelemetry/api';
import { v7 as uuidv7 } from 'uuid';

import type { CommandFact, CommandObserver } from './command-observer.ts';
import type { Acknowledgment, CommandContext, CommandIds, CommandOutcome, CommandRequest } from './command-request.ts';
import { type Aggregate, rehydrate } from './rehydrate.ts';
import { inSpan, inTraceOf } from './spans.ts';

/** What a handler works with. */
export type CommandHandlerOptions = {
  readonly store: EventStore;
  readonly catalogue: EventCatalogue;
  /** A snapshot is due when so many events have come since the last one; default 100. */
  readonly snapshotIntervalEvents?: number;
  /** Newest snapshots kept per aggregate; default 3. */
  readonly snapshotsKept?: number;
  readonly observer?: Partial<CommandObserver>;
};

const MOST_ATTEMPTS = 6;
const FIRST_BACK_OFF_MS = 5;

/** Handles commands of every aggregate. Keeps nothing between them: what it decides on is what the store holds. */
export class CommandHandler {
  readonly #store: EventStore;
  readonly #catalogue: EventCatalogue;
  readonly #snapshotIntervalEvents: number;
  readonly #snapshotsKept: number;
  readonly #observer: Partial<CommandObserver>;

  constructor({
    store,
    catalogue,
    snapshotIntervalEvents = 100,
    snapshotsKept = 3,
    observer = {},
  }: CommandHandlerOptions) {
    this.#store = store;
    this.#catalogue = catalogue;
    this.#snapshotIntervalEvents = snapshotIntervalEvents;
    this.#snapshotsKept = snapshotsKept;
    this.#observer = observer;
  }

  /**
   * Decides a command and stores what follows from it. When another writer is faster, it decides again on the new state;
   * with `ifMatch` that ends as `precondition-failed`.
   * @throws MillraceError `VERSION_CONFLICT` when others were faster six times in a row; `IDEMPOTENCY_KEY_REUSED`;
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
        if (attempt === MOST_ATTEMPTS) throw error;
        await delay(Math.random() * FIRST_BACK_OFF_MS * 2 ** attempt);
      }
    }
  }

  async #attempt(request: CommandRequest, causation: Causation): Promise<CommandOutcome> {
    const { decider, command, context, idempotency, ifMatch } = request;
    const needs = { stateVersion: decider.stateVersion, idempotencyKey: idempotency?.key };
    const basis = await inSpan('load', {}, () => this.#store.loadForCommand(streamOf(request), needs));
    if (idempotency && basis.answer) return this.#replay(request, basis.answer);

    const aggregate = rehydrate(decider, basis);
    this.#observer.loaded?.({ ...factOf(request), eventsReplayed: basis.events.length });
    if (ifMatch !== undefined && ifMatch !== aggregate.version) {
      this.#observer.preconditionFailed?.(factOf(request));
      return { outcome: 'precondition-failed', expectedVersion: ifMatch, ...idsOf(request, aggregate.version) };
    }
    const decision = await inSpan('decide', { 'millrace.version': aggregate.version }, () =>
      decider.decide(command, aggregate.state, context),
    );
    if (decision.outcome === 'rejected') {
      this.#observer.rejected?.({ ...factOf(request), code: decision.code });
      return { ...decision, ...idsOf(request, aggregate.version) };
    }
    const acknowledgment = await this.#append(request, { aggregate, events: decision.events, causation });
    await this.#saveSnapshotIfDue(request, aggregate, decision.events);
    return { outcome: 'accepted', acknowledgment, replayed: false };
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
        events: events.map((event) => this.#stamped(event, request.context.now)),
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

  /** By the distance to the last one: a command with several events may jump over a multiple of the interval. */
  async #saveSnapshotIfDue(
    request: CommandRequest,
    aggregate: Aggregate<unknown>,
    events: readonly DomainEvent[],
  ): Promise<void> {
    const { decider } = request;
    const sequenceNumber = aggregate.version + events.length;
    if (events.length === 0 || sequenceNumber - aggregate.snapshotVersion < this.#snapshotIntervalEvents) return;
    const state = events.reduce((folded, event) => decider.evolve(folded, event), aggregate.state);
    const startedAt = performance.now();
    const snapshot = { sequenceNumber, stateVersion: decider.stateVersion, state };
    try {
      await inSpan('snapshot', { 'millrace.version': sequenceNumber }, () =>
        this.#store.saveSnapshot(streamOf(request), snapshot, this.#snapshotsKept),
      );
      this.#observer.snapshotSaved?.({
        ...factOf(request),
        version: sequenceNumber,
        durationMs: performance.now() - startedAt,
      });
    } catch (error) {
      this.#observer.snapshotFailed?.({ ...factOf(request), error });
    }
  }
}

type Accepted = {
  readonly aggregate: Aggregate<unknown>;
  readonly events: readonly DomainEvent[];
  readonly causation: Causation;
};

function causationOf({
  correlationId,
  causationId = uuidv7(),
  userId,
  sessionId,
  traceparent,
}: CommandContext): Causation {
  return { correlationId, causationId, userId, sessionId, traceparent };
}

function streamOf({ decider, aggregateId, context }: CommandRequest): StreamId {
  return { tenantId: context.tenantId, aggregateType: decider.aggregateType, aggregateId };
}

function factOf({ command, decider }: CommandRequest): CommandFact {
  return { command: command.type, aggregateType: decider.aggregateType };
}

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

function idsOf({ aggregateId, context }: CommandRequest, version: number): CommandIds {
  return { aggregateId, version, timestamp: context.now, correlationId: context.correlationId };
}
