import { type ListPosition, NEWEST, type Queryable, type Versioned } from '@millrace/queries';

import type { OrderStatus } from '../order-row.ts';
import type { OrdersByCustomerRow } from '../orders-by-customer.ts';
import type { OrdersByStatusRow } from '../orders-by-status.ts';

/** One page of a list. */
export type ListPage = {
  readonly tenantId: string;
  readonly statuses: readonly OrderStatus[];
  /** Rows after this one; from the newest without. */
  readonly after?: ListPosition | undefined;
  readonly limit: number;
};

/**
 * Orders of a tenant under the given statuses, newest first. Each status is a range of the index
 * `(tenant_id, status, created_at, order_id)`; their heads are merged, so the cost follows the page, not the table.
 */
export async function listOrders(database: Queryable, page: ListPage): Promise<Versioned<OrdersByStatusRow>[]> {
  const { tenantId, statuses, after = NEWEST, limit } = page;
  const { rows } = await database.query<Versioned<OrdersByStatusRow>>({
    name: 'list orders by status',
    text: `select orders.* from unnest($2::text[]) as wanted (status) cross join lateral (
             select * from read_model.orders_by_status
              where tenant_id = $1 and status = wanted.status and (created_at, order_id) < ($3::timestamptz, $4)
              order by created_at desc, order_id desc limit $5) as orders
           order by orders.created_at desc, orders.order_id desc limit $5`,
    values: [tenantId, statuses, after.createdAt, after.id, limit],
  });
  return rows;
}

/** Orders of one customer of a tenant under the given statuses, newest first. */
export async function listOrdersOfCustomer(
  database: Queryable,
  page: ListPage & { readonly customerId: string },
): Promise<Versioned<OrdersByCustomerRow>[]> {
  const { tenantId, customerId, statuses, after = NEWEST, limit } = page;
  const { rows } = await database.query<Versioned<OrdersByCustomerRow>>({
    name: 'list orders of customer',
    text: `select * from read_model.orders_by_customer
            where tenant_id = $1 and customer_id = $2 and status = any($3::text[])
              and (created_at, order_id) < ($4::timestamptz, $5)
            order by created_at desc, order_id desc limit $6`,
    values: [tenantId, customerId, statuses, after.createdAt, after.id, limit],
  });
  return rows;
}
