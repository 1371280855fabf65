/** Rows as clients see them. Members without a value are left out. */
import type { OrderReadModelRow, OrdersByCustomerRow, OrdersByStatusRow } from '@millrace/orders-read-models';
import type { Versioned } from '@millrace/queries';

export function orderView(row: Versioned<OrderReadModelRow>) {
  return {
    orderId: row.order_id,
    customerId: row.customer_id,
    status: row.status,
    items: row.items,
    total: { amount: row.total_amount, currency: row.currency },
    trackingNumber: row.tracking_number ?? undefined,
    carrier: row.carrier ?? undefined,
    cancelReason: row.cancel_reason ?? undefined,
    createdAt: row.created_at,
    confirmedAt: row.confirmed_at ?? undefined,
    shippedAt: row.shipped_at ?? undefined,
    deliveredAt: row.delivered_at ?? undefined,
    cancelledAt: row.cancelled_at ?? undefined,
    updatedAt: row.updated_at,
    version: row.version,
  };
}

export function statusListItem(row: Versioned<OrdersByStatusRow>) {
  return {
    orderId: row.order_id,
    customerId: row.customer_id,
    status: row.status,
    total: { amount: row.total_amount, currency: row.currency },
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    version: row.version,
  };
}

export function customerListItem(row: Versioned<OrdersByCustomerRow>) {
  return {
    orderId: row.order_id,
    customerId: row.customer_id,
    status: row.status,
    itemCount: row.item_count,
    total: { amount: row.total_amount, currency: row.currency },
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    version: row.version,
  };
}
