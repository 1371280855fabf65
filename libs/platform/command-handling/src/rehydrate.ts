import { type Command, type Decider, type DomainEvent, MillraceError, type RecordedEvent } from '@millrace/core';
import type { CommandBasis } from '@millrace/event-store';

/** An aggregate as it was loaded. */
export type Aggregate<State> = {
  readonly state: State;
  /** Sequence number of its newest event; 0 before the first. */
  readonly version: number;
  /** Version of the snapshot that it was made from; 0 without. */
  readonly snapshotVersion: number;
};

/**
 * Folds what the store holds of an aggregate. No rule is checked: what has happened has happened.
 * @throws MillraceError `CORRUPT_STREAM` when an event is missing, or when the decider finds the events impossible
 */
export function rehydrate<State, C extends Command, E extends DomainEvent, Code extends string>(
  decider: Decider<State, C, E, Code>,
  { snapshot, events }: Pick<CommandBasis, 'snapshot' | 'events'>,
): Aggregate<State> {
  const snapshotVersion = snapshot?.sequenceNumber ?? 0;
  let state = snapshot ? (snapshot.state as State) : decider.initialState;
  let version = snapshotVersion;
  for (const event of events) {
    if (event.sequenceNumber !== version + 1) throw gap(event, version);
    // The catalogue has brought the data into the current version, which is what E describes.
    state = decider.evolve(state, event as DomainEvent as E);
    version = event.sequenceNumber;
  }
  return { state, version, snapshotVersion };
}

function gap({ aggregateType, aggregateId, sequenceNumber }: RecordedEvent, version: number): MillraceError {
  const message = `${aggregateType} ${aggregateId}: event ${sequenceNumber} follows event ${version}`;
  return new MillraceError('CORRUPT_STREAM', message, {
    facts: { aggregateType, aggregateId, sequenceNumber, version },
  });
}
