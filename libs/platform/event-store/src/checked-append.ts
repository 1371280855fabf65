import type { EventCatalogue } from '@millrace/core';

import type { Append } from './event-store.ts';
import { canonicalInstant } from './instant.ts';

/** Postgres takes 65,535 parameters in a statement; an event with its outbox row needs 23. */
const MOST_EVENTS = 1_000;

/**
 * The append with its times in the notation in which they are read back.
 * @throws RangeError for what only a bug can ask for: too many events, a malformed time, an alias instead of a type, or
 *   announcing an event of another version than the current one; MillraceError `UNKNOWN_EVENT_TYPE`
 */
export function checkedAppend(append: Append, catalogue: EventCatalogue): Append {
  if (append.events.length > MOST_EVENTS)
    throw new RangeError(`${append.events.length} events in one append, at most ${MOST_EVENTS}`);
  for (const { type, eventVersion } of append.events) {
    const current = catalogue.currentVersion(type);
    const written = catalogue.canonicalType(type);
    if (type !== written) throw new RangeError(`${type} is only read; what is written is ${written}`);
    if (append.publish !== false && eventVersion !== current) {
      throw new RangeError(`${type} is announced in version ${current}, not ${eventVersion}`);
    }
  }
  return {
    ...append,
    events: append.events.map((event) => ({ ...event, occurredAt: canonicalInstant(event.occurredAt) })),
  };
}
