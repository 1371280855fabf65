import type { RecordedEvent } from '@millrace/core';

/** An event for people, on one line. */
export function eventLine(event: RecordedEvent): string {
  const { occurredAt, tenantId, aggregateType, aggregateId, sequenceNumber, type, data } = event;
  return `${occurredAt}  ${tenantId}  ${aggregateType}-${aggregateId}@${sequenceNumber}  ${type}  ${JSON.stringify(data)}`;
}
