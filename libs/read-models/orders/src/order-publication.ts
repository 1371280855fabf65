import type { PublicMapping } from '@millrace/consumer';
import { type OrderEvent, type OrderPublicEvent, ORDERS_TOPIC } from '@millrace/contracts/orders';

import { piecesOf } from './order-row.ts';

/**
 * What outsiders learn about orders: events of a contract of its own. Each field is copied by name, so that a new
 * internal field stays inside until someone publishes it; the reason of a cancellation and the lines stay inside.
 */
export const orderPublication: PublicMapping<OrderEvent, OrderPublicEvent> = {
  name: 'external-publisher',
  topics: [ORDERS_TOPIC],
  publish: {
    OrderCreated: ({ data: { orderId, customerId, total, items } }) => ({
      type: 'OrderPlaced',
      data: { orderId, customerId, total: amountOf(total), pieces: piecesOf(items) },
    }),
    OrderItemsUpdated: ({ data: { orderId, total, items } }) => ({
      type: 'OrderAmended',
      data: { orderId, total: amountOf(total), pieces: piecesOf(items) },
    }),
    OrderConfirmed: ({ data: { orderId } }) => ({ type: 'OrderAccepted', data: { orderId } }),
    OrderShipped: ({ data: { orderId, carrier, trackingNumber } }) => ({
      type: 'OrderDispatched',
      data: { orderId, carrier, trackingNumber },
    }),
    OrderDelivered: ({ data: { orderId } }) => ({ type: 'OrderCompleted', data: { orderId } }),
    OrderCancelled: ({ data: { orderId } }) => ({ type: 'OrderWithdrawn', data: { orderId } }),
  },
};

function amountOf({ amount, currency }: { readonly amount: string; readonly currency: string }) {
  return { amount, currency };
}
