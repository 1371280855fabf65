import { type OrderEvent, ORDERS_TOPIC } from '@millrace/contracts/orders';
import type { Projection } from '@millrace/core';

import { changed, type OrderKey, orderKey, type OrderStatus, piecesOf } from './order-row.ts';

/** One line of a customer's list of orders: table `orders_by_customer`. */
export type OrdersByCustomerRow = OrderKey & {
  readonly customer_id: string;
  readonly status: OrderStatus;
  /** Pieces, not lines. */
  readonly item_count: number;
  readonly total_amount: string;
  readonly currency: string;
  readonly created_at: string;
  readonly updated_at: string;
};

/** Answers: which orders has this customer? */
export const ordersByCustomer: Projection<OrderEvent, OrdersByCustomerRow> = {
  name: 'orders-by-customer-projection',
  table: 'orders_by_customer',
  topics: [ORDERS_TOPIC],
  keyColumns: ['tenant_id', 'order_id'],
  rowPer: 'aggregate',
  key: orderKey,
  handlers: {
    OrderCreated: (_row, event) => ({
      ...orderKey(event),
      customer_id: event.data.customerId,
      status: 'created',
      item_count: piecesOf(event.data.items),
      total_amount: event.data.total.amount,
      currency: event.data.total.currency,
      created_at: event.occurredAt,
      updated_at: event.occurredAt,
    }),
    OrderItemsUpdated: (row, event) => {
      const { items, total } = event.data;
      return changed(row, event, {
        item_count: piecesOf(items),
        total_amount: total.amount,
        currency: total.currency,
      });
    },
    OrderConfirmed: (row, event) => changed(row, event, { status: 'confirmed' }),
    OrderShipped: (row, event) => changed(row, event, { status: 'shipped' }),
    OrderDelivered: (row, event) => changed(row, event, { status: 'delivered' }),
    OrderCancelled: (row, event) => changed(row, event, { status: 'cancelled' }),
  },
};
