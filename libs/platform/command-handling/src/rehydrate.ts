import { type Command, type Decider, type DomainEvent, MillraceError, type RecordedEvent } from '@millrace/core';
import type { CommandBasis } from '@millrace/event-store';

/** An aggregate as it was loaded. */
export type Aggregate<State> = {
  readonly state: State;
  /** Sequence number of its newest event; 0 before the first. */
  readonly version: number;
  /** Version of the snapshot that it was made from, or that was made from it; 0 without. */
  readonly snapshotVersion: number;
  /** Id of its newest event; undefined where no event but only a snapshot was loaded. */
  readonly newestEventId: string | undefined;
};

/**
 * Folds what the store holds of an aggregate. No rule is checked: what has happened has happened.
 * @param known state that the events follow; by default the snapshot, or the initial state
 * @throws MillraceError `CORRUPT_STREAM` when an event is missing, or when the decider finds the events impossible
 */
export function rehydrate<State, C extends Command, E extends DomainEvent, Code extends string>(
  decider: Decider<State, C, E, Code>,
  { snapshot, events }: Pick<CommandBasis, 'snapshot' | 'events'>,
  known?: Aggregate<State>,
): Aggregate<State> {
  const start = known ?? beginning(decider, snapshot);
  let { state, version, newestEventId } = start;
  for (const event of events) {
    if (event.sequenceNumber !== version + 1) throw gap(event, version);
    // The catalogue has brought the data into the current version, which is what E describes.
    state = decider.evolve(state, event as DomainEvent as E);
    version = event.sequenceNumber;
    newestEventId = event.eventId;
  }
  return { state, version, snapshotVersion: start.snapshotVersion, newestEventId };
}

function beginning<State>(
  { initialState }: { readonly initialState: State },
  snapshot: CommandBasis['snapshot'],
): Aggregate<State> {
  const version = snapshot?.sequenceNumber ?? 0;
  const state = snapshot ? (snapshot.state as State) : initialState;
  return { state, version, snapshotVersion: version, newestEventId: undefined };
}

function gap({ aggregateType, aggregateId, sequenceNumber }: RecordedEvent, version: number): MillraceError {
  const message = `${aggregateType} ${aggregateId}: event ${sequenceNumber} follows event ${version}`;
  return new MillraceError('CORRUPT_STREAM', message, {
    facts: { aggregateType, aggregateId, sequenceNumber, version },
  });
}
