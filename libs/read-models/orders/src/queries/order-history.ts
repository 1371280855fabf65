import { type OrderEvent, orderEvents } from '@millrace/contracts/orders';
import { foldEvent, MillraceError, type RecordedEvent } from '@millrace/core';
import { recordedEvent, STORED_EVENT_COLUMNS, type StoredEventRow } from '@millrace/stored-events';

import { orderReadModel } from '../order-read-model.ts';
import type { OrderKey } from '../order-row.ts';
import type { OrderDetails, Queryable } from './order-details.ts';

const STREAM = `tenant_id = $1 and aggregate_type = 'order' and aggregate_id = $2`;

/** Which part of a history. */
export type HistoryPage = { readonly afterVersion: number; readonly limit: number };

/**
 * Events of an order after a version, oldest first, each in the current shape of its type.
 * @throws MillraceError `UNKNOWN_EVENT_TYPE`
 */
export async function orderHistory(
  database: Queryable,
  key: OrderKey,
  { afterVersion, limit }: HistoryPage,
): Promise<RecordedEvent<OrderEvent>[]> {
  const { rows } = await database.query<StoredEventRow>({
    name: 'order history',
    text: `select ${STORED_EVENT_COLUMNS} from event_store.events where ${STREAM} and sequence_number > $3 order by sequence_number limit $4`,
    values: [key.tenant_id, key.order_id, afterVersion, limit],
  });
  return rows.map(recorded);
}

/**
 * The order as it was at a version: its first `version` events folded by the projection that keeps the read model, so
 * the newest version is equal to the read model's row. Undefined when there is no such order.
 * @throws MillraceError `VERSION_NOT_REACHED` (facts `version`, `head`) when the order has fewer events
 */
export async function orderAtVersion(
  database: Queryable,
  key: OrderKey,
  version: number,
): Promise<OrderDetails | undefined> {
  const events = await orderHistory(database, key, { afterVersion: 0, limit: version });
  if (events.length > 0 && events.length < version) {
    const message = `order ${key.order_id} is at version ${events.length}, not yet at ${version}`;
    throw new MillraceError('VERSION_NOT_REACHED', message, { facts: { version, head: events.length } });
  }
  return fold(events);
}

/**
 * The order as it was at an instant (RFC 3339): all events before the first that occurred later. Undefined when it did
 * not exist yet.
 */
export async function orderAtTime(database: Queryable, key: OrderKey, at: string): Promise<OrderDetails | undefined> {
  const { rows } = await database.query<StoredEventRow>({
    name: 'order at time',
    text: `select ${STORED_EVENT_COLUMNS} from event_store.events where ${STREAM} and sequence_number < coalesce(
             (select min(sequence_number) from event_store.events where ${STREAM} and occurred_at > $3),
             9223372036854775807) order by sequence_number`,
    values: [key.tenant_id, key.order_id, at],
  });
  return fold(rows.map(recorded));
}

function fold(events: readonly RecordedEvent<OrderEvent>[]): OrderDetails | undefined {
  let row: OrderDetails | undefined;
  for (const event of events) row = foldEvent(orderReadModel, row, event) as OrderDetails | undefined;
  return row;
}

function recorded(row: StoredEventRow): RecordedEvent<OrderEvent> {
  // The catalogue of the order events knows no others.
  return recordedEvent(row, orderEvents) as RecordedEvent<OrderEvent>;
}
