import { type Command, type Decider, type DomainEvent, MillraceError, type StreamId } from '@millrace/core';
import type { EventStore } from '@millrace/event-store';

import { rehydrate } from './rehydrate.ts';

/** Which state of which aggregate. */
export type StateQuery<State, C extends Command, E extends DomainEvent, Code extends string> = {
  readonly store: EventStore;
  readonly decider: Decider<State, C, E, Code>;
  readonly stream: StreamId;
  /** The newest state by default. */
  readonly when?: StatePoint;
};

/** A point in the past of an aggregate: after its event number `version`, or at an instant (RFC 3339). */
export type StatePoint = { readonly version: number } | { readonly at: string };

/** A state and the version that it is of; version 0 is the initial state, before the first event. */
export type LoadedState<State> = { readonly state: State; readonly version: number };

/**
 * State of an aggregate at any point of its past, from the newest snapshot that is not later.
 * @throws MillraceError `VERSION_NOT_REACHED` (facts `wanted`, `actual`) for a version that does not exist yet;
 *   `UNKNOWN_EVENT_TYPE`, `CORRUPT_STREAM`, `STORE_UNAVAILABLE`
 */
export async function loadState<State, C extends Command, E extends DomainEvent, Code extends string>(
  query: StateQuery<State, C, E, Code>,
): Promise<LoadedState<State>> {
  const { store, decider, stream, when } = query;
  const range = rangeOf(when);
  const snapshot = await store.latestSnapshot(stream, { stateVersion: decider.stateVersion, ...range });
  const events = await store.load(stream, { fromVersion: (snapshot?.sequenceNumber ?? 0) + 1, ...range });
  const { state, version } = rehydrate(decider, { events, ...(snapshot && { snapshot }) });
  if (range.toVersion !== undefined && version < range.toVersion) throw notReached(stream, range.toVersion, version);
  return { state, version };
}

function rangeOf(when: StatePoint | undefined): { toVersion?: number; until?: string } {
  if (when === undefined) return {};
  return 'version' in when ? { toVersion: when.version } : { until: when.at };
}

function notReached({ aggregateType, aggregateId }: StreamId, wanted: number, actual: number): MillraceError {
  const message = `${aggregateType} ${aggregateId} is at version ${actual} and has not reached ${wanted}`;
  return new MillraceError('VERSION_NOT_REACHED', message, { facts: { wanted, actual } });
}
