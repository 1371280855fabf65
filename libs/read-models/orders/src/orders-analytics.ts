import { type OrderEvent, ORDERS_TOPIC } from '@millrace/contracts/orders';
import type { Projection, RecordedEvent } from '@millrace/core';

type Counts = {
  readonly orders_created: number;
  readonly items_updated: number;
  readonly orders_confirmed: number;
  readonly orders_shipped: number;
  readonly orders_delivered: number;
  readonly orders_cancelled: number;
};
type DayKey = { readonly tenant_id: string; readonly day: string };

/** How often each thing happened to the orders of a tenant on a day (UTC): table `orders_analytics`. */
export type OrdersAnalyticsRow = DayKey & Counts;

const nothing: Counts = {
  orders_created: 0,
  items_updated: 0,
  orders_confirmed: 0,
  orders_shipped: 0,
  orders_delivered: 0,
  orders_cancelled: 0,
};

/** Answers: how many orders were created, confirmed … on each day? */
export const ordersAnalytics: Projection<OrderEvent, OrdersAnalyticsRow> = {
  name: 'orders-analytics-projection',
  table: 'orders_analytics',
  topics: [ORDERS_TOPIC],
  keyColumns: ['tenant_id', 'day'],
  rowPer: 'group',
  key: dayOf,
  handlers: {
    OrderCreated: count('orders_created'),
    OrderItemsUpdated: count('items_updated'),
    OrderConfirmed: count('orders_confirmed'),
    OrderShipped: count('orders_shipped'),
    OrderDelivered: count('orders_delivered'),
    OrderCancelled: count('orders_cancelled'),
  },
};

// `occurredAt` is RFC 3339 in UTC, so its first ten characters are the day.
function dayOf({ tenantId, occurredAt }: RecordedEvent<OrderEvent>): DayKey {
  return { tenant_id: tenantId, day: occurredAt.slice(0, 10) };
}

function count(column: keyof Counts) {
  return (row: OrdersAnalyticsRow | undefined, event: RecordedEvent<OrderEvent>): OrdersAnalyticsRow => {
    const before = row ?? { ...nothing, ...dayOf(event) };
    return { ...before, [column]: before[column] + 1 };
  };
}
