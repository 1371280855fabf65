import type { Database } from '@millrace/postgres';

import type { OrderReadModelRow } from '../order-read-model.ts';
import type { OrderKey } from '../order-row.ts';

/** What queries need of a database. */
export type Queryable = Pick<Database, 'query'>;

/** A row of `order_read_model` as it is read: with the version that it reflects. */
export type OrderDetails = OrderReadModelRow & { readonly version: number };

/**
 * What tells whether a row is still the one that was read: the table and the transaction that wrote the row. Unlike the
 * version it also changes when a rebuild writes the same version anew.
 */
const ROW_STAMP = `tableoid::text || '.' || xmin::text`;

/** One order, with the stamp of its row. */
export async function findOrder(
  database: Queryable,
  { tenant_id, order_id }: OrderKey,
): Promise<{ readonly order: OrderDetails; readonly stamp: string } | undefined> {
  const { rows } = await database.query<OrderDetails & { stamp: string }>({
    name: 'find order',
    text: `select *, ${ROW_STAMP} as stamp from read_model.order_read_model where tenant_id = $1 and order_id = $2`,
    values: [tenant_id, order_id],
  });
  const [row] = rows;
  if (!row) return undefined;
  const { stamp, ...order } = row;
  return { order, stamp };
}

/** Stamp and version of an order's row alone: what an answer that was given before is checked against. */
export async function probeOrder(
  database: Queryable,
  { tenant_id, order_id }: OrderKey,
): Promise<{ readonly stamp: string; readonly version: number } | undefined> {
  const { rows } = await database.query<{ stamp: string; version: number }>({
    name: 'probe order',
    text: `select ${ROW_STAMP} as stamp, version from read_model.order_read_model where tenant_id = $1 and order_id = $2`,
    values: [tenant_id, order_id],
  });
  return rows[0];
}
