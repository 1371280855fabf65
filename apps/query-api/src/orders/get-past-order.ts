import { orderAtTime, orderAtVersion, type OrderDetails } from '@millrace/orders-read-models/queries';

import type { Answer } from '../query-bus.ts';
import type { ReadSide } from '../read-side.ts';
import { orderView } from './order-view.ts';

/** What did this order look like at version `version`? */
export type GetOrderAtVersion = { readonly tenantId: string; readonly orderId: string; readonly version: number };

/** What did this order look like at the instant `at` (RFC 3339, UTC)? */
export type GetOrderAtTime = { readonly tenantId: string; readonly orderId: string; readonly at: string };

export async function getOrderAtVersion({ database }: ReadSide, query: GetOrderAtVersion): Promise<Answer | undefined> {
  const { tenantId, orderId, version } = query;
  return past(await orderAtVersion(database, { tenant_id: tenantId, order_id: orderId }, version));
}

export async function getOrderAtTime({ database }: ReadSide, query: GetOrderAtTime): Promise<Answer | undefined> {
  const { tenantId, orderId, at } = query;
  return past(await orderAtTime(database, { tenant_id: tenantId, order_id: orderId }, at));
}

function past(order: OrderDetails | undefined): Answer | undefined {
  return order && { body: JSON.stringify(orderView(order)), version: order.version };
}
