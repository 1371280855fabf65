/** The commands whose events `order-appends.ts` appends: an order is created, then its items are changed until its life ends. */
import { idOf, LIFE, orderEvent } from './order-appends.ts';

/** A request and the status that says it was done. */
export type OrderCommandRequest = { readonly path: string; readonly body: string; readonly status: 200 | 201 };

const { items } = orderEvent('').data as { items: unknown };
const UPDATE = JSON.stringify({ items });

/** Command number `index` of a writer, of the same stream as its append of that number. */
export function nthCommand(writer: number, index: number): OrderCommandRequest {
  const orderId = idOf(writer, Math.floor(index / LIFE));
  if (index % LIFE > 0) return { path: `/v1/orders/${orderId}/update-items`, body: UPDATE, status: 200 };
  return { path: '/v1/orders', body: JSON.stringify({ orderId, customerId: 'customer-1', items }), status: 201 };
}
