import type { RecordedEvent, StreamId } from '@millrace/core';

import { appendTo, increments, newStream, type Release } from './event-store.fixture.ts';
import type { EventStore, StoredAnswer } from './event-store.ts';

/** A kind of event store, as the contract needs it. */
export type StoreUnderTest = {
  /** The store with the catalogue of a release, `old` by default; all have the same events. */
  readonly open: (release?: Release) => EventStore;
  /** Repeats until it does not throw: other transactions on a shared server hold events back for a moment. */
  readonly eventually: (probe: () => Promise<void>) => Promise<void>;
};

/** Sequence numbers of events. */
export function versionsOf(events: readonly RecordedEvent[]): number[] {
  return events.map(({ sequenceNumber }) => sequenceNumber);
}

/** A new stream of so many events. */
export async function streamOf(store: EventStore, count: number): Promise<StreamId> {
  const stream = newStream();
  await store.append(appendTo(stream, { events: increments(count) }));
  return stream;
}

/** Answer to a command. */
export const stored: StoredAnswer = {
  requestHash: 'hash',
  answerStatus: 201,
  answer: { status: 'accepted', version: 1 },
};
