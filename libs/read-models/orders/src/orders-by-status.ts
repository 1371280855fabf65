import { type OrderEvent, ORDERS_TOPIC } from '@millrace/contracts/orders';
import type { Projection } from '@millrace/core';

import { changed, type OrderKey, orderKey, type OrderStatus } from './order-row.ts';

/** One order under the one status it has: table `orders_by_status`. */
export type OrdersByStatusRow = OrderKey & {
  readonly status: OrderStatus;
  readonly customer_id: string;
  readonly total_amount: string;
  readonly currency: string;
  readonly created_at: string;
  readonly updated_at: string;
};

/**
 * Answers: which orders have this status? The key is the order, not the status: a change of status changes one row, so
 * an order is never under two and never under none.
 */
export const ordersByStatus: Projection<OrderEvent, OrdersByStatusRow> = {
  name: 'orders-by-status-projection',
  table: 'orders_by_status',
  topics: [ORDERS_TOPIC],
  keyColumns: ['tenant_id', 'order_id'],
  rowPer: 'aggregate',
  key: orderKey,
  handlers: {
    OrderCreated: (_row, event) => ({
      ...orderKey(event),
      status: 'created',
      customer_id: event.data.customerId,
      total_amount: event.data.total.amount,
      currency: event.data.total.currency,
      created_at: event.occurredAt,
      updated_at: event.occurredAt,
    }),
    OrderItemsUpdated: (row, event) => {
      const { amount, currency } = event.data.total;
      return changed(row, event, { total_amount: amount, currency });
    },
    OrderConfirmed: (row, event) => changed(row, event, { status: 'confirmed' }),
    OrderShipped: (row, event) => changed(row, event, { status: 'shipped' }),
    OrderDelivered: (row, event) => changed(row, event, { status: 'delivered' }),
    OrderCancelled: (row, event) => changed(row, event, { status: 'cancelled' }),
  },
};
