/**
 * Whole lives of orders as consumers get them: eight events each, many orders open at the same time, so that a batch holds
 * a few events each of many orders. Nothing is random: two runs see the same events.
 */
import { type OrderEvent, orderEvents } from '@millrace/contracts/orders';
import type { RecordedEvent } from '@millrace/core';

import { pastId } from './filled-store.ts';
import { appendOf, LIFE, orderLines } from './order-appends.ts';

/** Orders that are open at the same time: four events of each are in a batch of 500, so every second batch is of new orders. */
export const OPEN = 125;

const { causation } = appendOf({ tenantId: 'acme', aggregateId: pastId(0), eventId: pastId(0) }, 0);

/** Event number `index` of all. */
export function orderEventAt(index: number): RecordedEvent<OrderEvent> {
  const round = Math.floor(index / OPEN);
  const order = Math.floor(round / LIFE) * OPEN + (index % OPEN);
  const sequenceNumber = (round % LIFE) + 1;
  const event = happening(pastId(order), sequenceNumber);
  return {
    ...event,
    ...causation,
    tenantId: 'acme',
    aggregateType: 'order',
    aggregateId: pastId(order),
    sequenceNumber,
    eventId: pastId(index),
    eventVersion: orderEvents.currentVersion(event.type),
    occurredAt: new Date(Date.UTC(2026, 0, 2) + index).toISOString(),
    metadata: {},
  };
}

/** The first events of all. */
export function orderLives(count: number): RecordedEvent<OrderEvent>[] {
  return Array.from({ length: count }, (_, index) => orderEventAt(index));
}

/** Created, amended four times, confirmed, shipped, delivered. */
function happening(orderId: string, sequenceNumber: number): OrderEvent {
  switch (sequenceNumber) {
    case 1:
      return { type: 'OrderCreated', data: { orderId, customerId: `customer-${orderId.slice(-3)}`, ...orderLines } };
    case LIFE - 2:
      return { type: 'OrderConfirmed', data: { orderId } };
    case LIFE - 1:
      return { type: 'OrderShipped', data: { orderId, trackingNumber: `T-${orderId.slice(-12)}`, carrier: 'DHL' } };
    case LIFE:
      return { type: 'OrderDelivered', data: { orderId } };
    default:
      return { type: 'OrderItemsUpdated', data: { orderId, ...orderLines } };
  }
}
