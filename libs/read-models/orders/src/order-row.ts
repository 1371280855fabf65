import type { OrderEvent, OrderItem } from '@millrace/contracts/orders';
import { MillraceError, type RecordedEvent } from '@millrace/core';

/** Where an order stands, as every order read model tells it. */
export type OrderStatus = 'created' | 'confirmed' | 'shipped' | 'delivered' | 'cancelled';

/** Key of a row that is one order. */
export type OrderKey = { readonly tenant_id: string; readonly order_id: string };

/** Key of the row of the event's order. */
export function orderKey({ tenantId, aggregateId }: RecordedEvent<OrderEvent>): OrderKey {
  return { tenant_id: tenantId, order_id: aggregateId };
}

/**
 * The row with the changes of an event.
 * @throws MillraceError `CORRUPT_STREAM` when no OrderCreated came before
 */
export function changed<R extends { readonly updated_at: string }>(
  row: R | undefined,
  event: RecordedEvent<OrderEvent>,
  changes: Partial<R>,
): R {
  if (!row) {
    throw new MillraceError(
      'CORRUPT_STREAM',
      `${event.type} of order ${event.aggregateId} has no OrderCreated before it`,
    );
  }
  return { ...row, ...changes, updated_at: event.occurredAt };
}

/** Sum of the quantities of all lines. */
export function piecesOf(items: readonly OrderItem[]): number {
  return items.reduce((sum, { quantity }) => sum + quantity, 0);
}
