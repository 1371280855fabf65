import type { DomainEvent, RecordedEvent, StreamId } from '../event.ts';
import { told } from './given-saga.ts';

/** Events of one aggregate of tenant acme as the store gives them back: numbered from 1, a second apart from 03:04:05. */
export function recorded<E extends DomainEvent>(
  aggregate: Omit<StreamId, 'tenantId'>,
  ...events: readonly E[]
): RecordedEvent<E>[] {
  return events.map((event, index) => {
    const sequenceNumber = index + 1;
    const eventId = `00000000-0000-7000-8000-${String(sequenceNumber).padStart(12, '0')}`;
    const occurredAt = new Date(Date.UTC(2026, 0, 2, 3, 4, 5 + index)).toISOString();
    return told<E>({ ...event, ...aggregate, sequenceNumber, eventId, occurredAt }).event;
  });
}
