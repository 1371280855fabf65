/** The life of orders as events, for specs. */
import { createHash } from 'node:crypto';

import { type OrderEvent, orderEvents } from '@millrace/contracts/orders';
import type { RecordedEvent } from '@millrace/core';

const money = (amount: string) => ({ amount, currency: 'EUR' });
const lines = (quantity: number) => [{ sku: 'ale', quantity, unitPrice: money('2.50') }];

/** Each thing that can happen to order `orderId`. */
export const happenings = (orderId: string) =>
  ({
    created: {
      type: 'OrderCreated',
      data: { orderId, customerId: 'carol', items: lines(2), total: money('5.00') },
    },
    amended: { type: 'OrderItemsUpdated', data: { orderId, items: lines(4), total: money('10.00') } },
    confirmed: { type: 'OrderConfirmed', data: { orderId } },
    shipped: { type: 'OrderShipped', data: { orderId, trackingNumber: 'T-1', carrier: 'DHL' } },
    delivered: { type: 'OrderDelivered', data: { orderId } },
    cancelled: { type: 'OrderCancelled', data: { orderId, reason: 'changed my mind' } },
  }) as const satisfies Record<string, OrderEvent>;

/** What happened, by the names of `happenings`. */
export type Happening = keyof ReturnType<typeof happenings>;

/** An order's events one hour apart, the first at midnight; ids follow from order and position. */
export function orderHistory(
  orderId: string,
  names: readonly Happening[],
  tenantId = 'acme',
): RecordedEvent<OrderEvent>[] {
  return names.map((name, index) => {
    const event: OrderEvent = happenings(orderId)[name];
    return {
      ...event,
      tenantId,
      aggregateType: 'order',
      aggregateId: orderId,
      sequenceNumber: index + 1,
      eventId: idOf(`${tenantId} ${orderId} ${index + 1}`),
      eventVersion: orderEvents.currentVersion(event.type),
      occurredAt: hour(index),
      correlationId: 'correlation',
      causationId: 'command',
      userId: 'alice',
      sessionId: 'session',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      metadata: {},
    };
  });
}

/** The hour at which event `index` of an order occurred. */
export function hour(index: number): string {
  return new Date(Date.UTC(2026, 0, 2, index)).toISOString();
}

function idOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-');
}
