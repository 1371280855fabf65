import { eventLog } from '@millrace/event-log';
import { type EventSearch, type ListedEvent, searchEvents } from '@millrace/event-log/queries';
import { HISTORY_ROLES, parameterProblem } from '@millrace/http';
import type { Queryable } from '@millrace/queries';

import { list } from '../list/list-api.ts';
import { eventFilter, eventParameters } from './event-filter.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** What happened, over all aggregates? Who did it, when, and why? */
export const eventList = list({
  name: 'SearchEvents',
  path: '/events',
  plural: 'events',
  roles: HISTORY_ROLES,
  parameters: eventParameters,
  projection: eventLog,
  filter: eventFilter,
  read: eventsAfter,
  view: eventView,
});

async function eventsAfter(database: Queryable, search: EventSearch): Promise<ListedEvent[]> {
  if (search.after && !UUID.test(search.after.id)) throw parameterProblem('cursor', 'is not a cursor of this list');
  return searchEvents(database, search);
}

/** An event as clients see it: as in a history, and of which aggregate. */
function eventView(row: ListedEvent) {
  return {
    eventId: row.event_id,
    type: row.event_type,
    aggregateType: row.aggregate_type,
    aggregateId: row.aggregate_id,
    version: row.sequence_number,
    schemaVersion: row.event_version,
    occurredAt: row.occurred_at,
    userId: row.user_id,
    correlationId: row.correlation_id,
    causationId: row.causation_id,
    data: row.payload,
  };
}
