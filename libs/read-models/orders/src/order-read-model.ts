import { type OrderEvent, type OrderItem, ORDERS_TOPIC } from '@millrace/contracts/orders';
import type { Projection } from '@millrace/core';

import { changed, type OrderKey, orderKey, type OrderStatus } from './order-row.ts';

/** One order with everything known about it: table `order_read_model`, looked up by order id. */
export type OrderReadModelRow = OrderKey & {
  readonly customer_id: string;
  readonly status: OrderStatus;
  readonly items: readonly OrderItem[];
  readonly total_amount: string;
  readonly currency: string;
  readonly tracking_number: string | null;
  readonly carrier: string | null;
  readonly cancel_reason: string | null;
  readonly created_at: string;
  readonly confirmed_at: string | null;
  readonly shipped_at: string | null;
  readonly delivered_at: string | null;
  readonly cancelled_at: string | null;
  readonly updated_at: string;
};

/** Answers: what does this order look like? */
export const orderReadModel: Projection<OrderEvent, OrderReadModelRow> = {
  name: 'order-read-model-projection',
  table: 'order_read_model',
  topics: [ORDERS_TOPIC],
  keyColumns: ['tenant_id', 'order_id'],
  rowPer: 'aggregate',
  key: orderKey,
  handlers: {
    OrderCreated: (_row, event) => ({
      ...orderKey(event),
      customer_id: event.data.customerId,
      status: 'created',
      items: event.data.items,
      total_amount: event.data.total.amount,
      currency: event.data.total.currency,
      tracking_number: null,
      carrier: null,
      cancel_reason: null,
      created_at: event.occurredAt,
      confirmed_at: null,
      shipped_at: null,
      delivered_at: null,
      cancelled_at: null,
      updated_at: event.occurredAt,
    }),
    OrderItemsUpdated: (row, event) => {
      const { items, total } = event.data;
      return changed(row, event, { items, total_amount: total.amount, currency: total.currency });
    },
    OrderConfirmed: (row, event) => changed(row, event, { status: 'confirmed', confirmed_at: event.occurredAt }),
    OrderShipped: (row, event) =>
      changed(row, event, {
        status: 'shipped',
        shipped_at: event.occurredAt,
        tracking_number: event.data.trackingNumber,
        carrier: event.data.carrier,
      }),
    OrderDelivered: (row, event) => changed(row, event, { status: 'delivered', delivered_at: event.occurredAt }),
    OrderCancelled: (row, event) =>
      changed(row, event, { status: 'cancelled', cancelled_at: event.occurredAt, cancel_reason: event.data.reason }),
  },
};
