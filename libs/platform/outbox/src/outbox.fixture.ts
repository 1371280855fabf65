import { randomUUID } from 'node:crypto';

import type { AnnouncedEvent, Publication } from './outbox-row.ts';

/** An event to announce, for specs. */
export function announcedEvent(change: Partial<AnnouncedEvent> = {}): AnnouncedEvent {
  return {
    eventId: randomUUID(),
    type: 'OrderCreated',
    tenantId: 'acme',
    aggregateType: 'order',
    aggregateId: randomUUID(),
    sequenceNumber: 1,
    eventVersion: 2,
    occurredAt: '2026-01-02T03:04:05.678Z',
    correlationId: 'correlation',
    causationId: 'causation',
    userId: 'alice',
    sessionId: 'session',
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    ...change,
  };
}

/** Where it goes, for specs. */
export function publication(change: Partial<Publication> = {}): Publication {
  return {
    topic: 'orders.events.v1',
    source: 'urn:millrace:orders',
    dataSchema: 'urn:millrace:schema:orders.OrderCreated:2',
    payload: Buffer.from([0, 0, 0, 0, 1, 0xff]),
    ...change,
  };
}
