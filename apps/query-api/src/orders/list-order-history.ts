import { orderHistory } from '@millrace/orders-read-models/queries';

import { type CursorScope, decodeCursor, encodeCursor } from '../cursor.ts';
import type { Answer } from '../query-bus.ts';
import type { ReadSide } from '../read-side.ts';
import { eventView } from './order-view.ts';

/** What happened to this order, who did it, and why? Oldest first. */
export type ListOrderHistory = {
  readonly tenantId: string;
  readonly orderId: string;
  readonly limit: number;
  readonly cursor?: string | undefined;
};

export async function listOrderHistory({ database }: ReadSide, query: ListOrderHistory): Promise<Answer | undefined> {
  const { tenantId, orderId, limit, cursor } = query;
  const scope: CursorScope = ['ListOrderHistory', tenantId, orderId];
  const [afterVersion] = cursor === undefined ? [0] : decodeCursor(scope, cursor, isPosition);
  const key = { tenant_id: tenantId, order_id: orderId };
  // One more than asked for tells whether there is a next page.
  const events = await orderHistory(database, key, { afterVersion, limit: limit + 1 });
  if (events.length === 0 && afterVersion === 0) return undefined;
  const items = events.slice(0, limit);
  const last = events.length > limit ? items.at(-1) : undefined;
  const next = last && encodeCursor(scope, [last.sequenceNumber]);
  return { body: JSON.stringify({ items: items.map(eventView), next }) };
}

function isPosition(parts: unknown[]): parts is [afterVersion: number] {
  return parts.length === 1 && Number.isSafeInteger(parts[0]) && (parts[0] as number) > 0;
}
