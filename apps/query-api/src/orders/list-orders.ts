import { ordersByCustomer, ordersByStatus, type OrderStatus } from '@millrace/orders-read-models';
import {
  listOrders as readOrders,
  listOrdersOfCustomer as readOrdersOfCustomer,
  type ListPosition,
  projectionProgress,
  type QueriedProjection,
} from '@millrace/orders-read-models/queries';

import { type CursorScope, decodeCursor, encodeCursor } from '../cursor.ts';
import { isInstant } from '../instant.ts';
import type { Answer } from '../query-bus.ts';
import type { ReadSide } from '../read-side.ts';
import { customerListItem, statusListItem } from './order-view.ts';

/** Which orders have one of these statuses? Newest first. */
export type ListOrders = {
  readonly tenantId: string;
  readonly statuses: readonly OrderStatus[];
  readonly limit: number;
  readonly cursor?: string | undefined;
};

/** Which orders has this customer? Newest first. */
export type ListOrdersOfCustomer = ListOrders & { readonly customerId: string };

export function listOrders(readSide: ReadSide, query: ListOrders): Promise<Answer> {
  const { tenantId, statuses } = query;
  return listed(readSide, query, {
    scope: ['ListOrders', tenantId, statuses],
    projection: ordersByStatus,
    read: (after, limit) => readOrders(readSide.database, { tenantId, statuses, after, limit }),
    view: statusListItem,
  });
}

export function listOrdersOfCustomer(readSide: ReadSide, query: ListOrdersOfCustomer): Promise<Answer> {
  const { tenantId, customerId, statuses } = query;
  return listed(readSide, query, {
    scope: ['ListOrdersOfCustomer', tenantId, customerId, statuses],
    projection: ordersByCustomer,
    read: (after, limit) => readOrdersOfCustomer(readSide.database, { tenantId, customerId, statuses, after, limit }),
    view: customerListItem,
  });
}

type ListedRow = { readonly order_id: string; readonly created_at: string };

type List<R extends ListedRow> = {
  readonly scope: readonly [query: string, tenantId: string, ...filters: unknown[]];
  readonly projection: QueriedProjection;
  readonly read: (after: ListPosition | undefined, limit: number) => Promise<R[]>;
  readonly view: (row: R) => unknown;
};

/** One page. It is good as long as its projection has not moved, which is asked before anything else. */
async function listed<R extends ListedRow>(
  { database, cache }: ReadSide,
  { limit, cursor }: ListOrders,
  { scope, projection, read, view }: List<R>,
): Promise<Answer> {
  const after = cursor === undefined ? undefined : positionIn(scope, cursor);
  const { stamp, position } = await projectionProgress(database, projection);
  const answer = await cache.answer({
    key: [...scope, limit, cursor],
    currentStamp: async () => stamp,
    load: async () => {
      // One more than asked for tells whether there is a next page.
      const rows = await read(after, limit + 1);
      const items = rows.slice(0, limit);
      const last = rows.length > limit ? items.at(-1) : undefined;
      const next = last && encodeCursor(scope, [last.created_at, last.order_id]);
      return { stamp, answer: { body: JSON.stringify({ items: items.map(view), next }) } };
    },
  });
  return { body: '{"items":[]}', ...answer, position };
}

function positionIn(scope: CursorScope, cursor: string): ListPosition {
  const [createdAt, orderId] = decodeCursor(scope, cursor, isPosition);
  return { createdAt, orderId };
}

function isPosition(parts: unknown[]): parts is [createdAt: string, orderId: string] {
  const [createdAt, orderId] = parts;
  return parts.length === 2 && isInstant(createdAt) && typeof orderId === 'string' && !orderId.includes('\0');
}
