import { eventTopics, storedEvents } from '@millrace/contracts/topology';
import type { DomainEvent, Projection, RecordedEvent } from '@millrace/core';

type EventKey = { readonly tenant_id: string; readonly event_id: string };

/** One event with who, when and why: table `event_log`. */
export type EventLogRow = EventKey & {
  readonly aggregate_type: string;
  readonly aggregate_id: string;
  readonly sequence_number: number;
  readonly event_type: string;
  /** Version that the event was written with; `payload` has the shape of the current one. */
  readonly event_version: number;
  readonly correlation_id: string;
  readonly causation_id: string;
  readonly user_id: string;
  readonly occurred_at: string;
  readonly payload: unknown;
};

/** Answers: what happened, over all aggregates? Each type is handled alike, so a new one needs no word here. */
export const eventLog: Projection<DomainEvent, EventLogRow> = {
  name: 'event-log-projection',
  table: 'event_log',
  topics: eventTopics,
  keyColumns: ['tenant_id', 'event_id'],
  rowPer: 'event',
  key: eventKey,
  handlers: Object.fromEntries(storedEvents.definitions.map(({ type }) => [type, logged])),
};

function eventKey({ tenantId, eventId }: RecordedEvent): EventKey {
  return { tenant_id: tenantId, event_id: eventId };
}

function logged(_row: EventLogRow | undefined, event: RecordedEvent): EventLogRow {
  return {
    ...eventKey(event),
    aggregate_type: event.aggregateType,
    aggregate_id: event.aggregateId,
    sequence_number: event.sequenceNumber,
    event_type: event.type,
    event_version: event.eventVersion,
    correlation_id: event.correlationId,
    causation_id: event.causationId,
    user_id: event.userId,
    occurred_at: event.occurredAt,
    payload: event.data,
  };
}
