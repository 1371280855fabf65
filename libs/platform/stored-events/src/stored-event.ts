import type { EventCatalogue, RecordedEvent } from '@millrace/core';

/** Columns of `event_store.events` that make a `StoredEventRow`. */
export const STORED_EVENT_COLUMNS =
  'tenant_id, aggregate_type, aggregate_id, sequence_number, event_id, event_type, event_version, payload, metadata, ' +
  'correlation_id, causation_id, user_id, session_id, traceparent, occurred_at';

/** An event as it lies in the table. */
export type StoredEventRow = {
  readonly tenant_id: string;
  readonly aggregate_type: string;
  readonly aggregate_id: string;
  readonly sequence_number: number;
  readonly event_id: string;
  readonly event_type: string;
  readonly event_version: number;
  readonly payload: unknown;
  readonly metadata: Readonly<Record<string, string>>;
  readonly correlation_id: string;
  readonly causation_id: string | null;
  readonly user_id: string | null;
  readonly session_id: string | null;
  readonly traceparent: string;
  readonly occurred_at: string;
};

/** Word for an optional origin that an import left out. */
const NONE = 'none';

/**
 * The event in the current version of its type. The row stays as it is, whatever becomes of the type.
 * @throws MillraceError `UNKNOWN_EVENT_TYPE`
 */
export function recordedEvent(
  row: StoredEventRow,
  catalogue: Pick<EventCatalogue, 'canonicalType' | 'upcast'>,
): RecordedEvent {
  return {
    type: catalogue.canonicalType(row.event_type),
    data: catalogue.upcast(row.event_type, row.event_version, row.payload),
    tenantId: row.tenant_id,
    aggregateType: row.aggregate_type,
    aggregateId: row.aggregate_id,
    sequenceNumber: row.sequence_number,
    eventId: row.event_id,
    eventVersion: row.event_version,
    occurredAt: row.occurred_at,
    correlationId: row.correlation_id,
    causationId: row.causation_id ?? NONE,
    userId: row.user_id ?? NONE,
    sessionId: row.session_id ?? NONE,
    traceparent: row.traceparent,
    metadata: row.metadata,
  };
}
