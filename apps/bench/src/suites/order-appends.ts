/**
 * The same appends for every arm. Writer `w` gives its streams one after the other a life of eight events; ids grow with
 * time, as UUIDv7 do, so that new rows go where the last ones went. Nothing is random: two runs write the same rows.
 */
import { storedEvents } from '@millrace/contracts/topology';
import type { Append } from '@millrace/event-store';

/** Events of one stream, then the writer begins the next one. */
export const LIFE = 8;
/** Writers, or commands in flight, whose ids do not meet. */
export const MOST_WRITERS = 256;
/** What ids begin with; 12 digits follow. */
export const ID_PREFIX = '01990000-0000-7000-8000-';
const FIRST_NUMBER = 100_000_000_000;

/** Aggregate type and event type of all appends. */
export const ORDER = 'order';
export const EVENT_TYPE = 'OrderItemsUpdated';

const causation = {
  correlationId: '01990000-0000-7000-9000-000000000001',
  causationId: '01990000-0000-7000-9000-000000000002',
  userId: 'alice',
  sessionId: 'session-of-alice',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
};

const money = (amount: string) => ({ amount, currency: 'EUR' });
const items = [
  { sku: 'SKU-0001', quantity: 2, unitPrice: money('12.50') },
  { sku: 'SKU-0002', quantity: 1, unitPrice: money('99.99') },
  { sku: 'SKU-0003', quantity: 7, unitPrice: money('0.75') },
];

/** What every order is about. */
export const orderLines = { items, total: money('130.24') };

/** Id number `number` of the writer. */
export function idOf(writer: number, number: number): string {
  return `${ID_PREFIX}${FIRST_NUMBER + number * MOST_WRITERS + writer}`;
}

/** Which event is meant. */
export type Place = { readonly tenantId: string; readonly aggregateId: string; readonly eventId: string };

/** The event of an append: order lines, 300 bytes as JSON. */
export function orderEvent(aggregateId: string): { type: string; data: object } {
  return { type: EVENT_TYPE, data: { orderId: aggregateId, ...orderLines } };
}

/** An append of one event after `expectedVersion`. */
export function appendOf({ tenantId, aggregateId, eventId }: Place, expectedVersion: number): Append {
  return {
    stream: { tenantId, aggregateType: ORDER, aggregateId },
    expectedVersion,
    events: [{ ...orderEvent(aggregateId), eventId, eventVersion, occurredAt: '2026-01-02T03:04:05.678Z' }],
    causation,
  };
}

const eventVersion = storedEvents.currentVersion(EVENT_TYPE);

/** Append number `index` of a writer. */
export function nthAppend(writer: number, index: number, tenantId = 'acme'): Append {
  const life = Math.floor(index / LIFE);
  return appendOf({ tenantId, aggregateId: idOf(writer, life), eventId: idOf(writer, index) }, index % LIFE);
}
