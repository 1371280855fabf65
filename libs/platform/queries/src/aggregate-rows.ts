import type { Projection, Row } from '@millrace/core';

import type { Queryable } from './queryable.ts';

/**
 * What queries need to know of a projection that has a row per thing asked for. The key of its rows is the tenant and
 * the id of the thing, or the tenant alone where that is the thing.
 */
export type KeyedProjection = Pick<Projection, 'table' | 'keyColumns'>;

/** Names the row of one thing. */
export type RowKey = { readonly tenantId: string; readonly id: string };

/** A row as it is read: with the version of the aggregate that it reflects. */
export type Versioned<R extends Row> = R & { readonly version: number };

/**
 * What tells whether a row is still the one that was read: the table and the transaction that wrote the row. Unlike the
 * version it also changes when a rebuild writes the same version anew.
 */
const ROW_STAMP = `tableoid::text || '.' || xmin::text`;

/** One row, with its stamp. */
export async function findRow(
  database: Queryable,
  projection: KeyedProjection,
  key: RowKey,
): Promise<{ readonly row: Versioned<Row>; readonly stamp: string } | undefined> {
  const { rows } = await database.query<Versioned<Row> & { stamp: string }>({
    name: `find ${projection.table}`,
    text: `select *, ${ROW_STAMP} as stamp from ${oneRow(projection)}`,
    values: keyValues(projection, key),
  });
  const [found] = rows;
  if (!found) return undefined;
  const { stamp, ...row } = found;
  return { row, stamp };
}

/** Stamp and version of a row alone: what an answer that was given before is checked against. */
export async function probeRow(
  database: Queryable,
  projection: KeyedProjection,
  key: RowKey,
): Promise<{ readonly stamp: string; readonly version: number } | undefined> {
  const { rows } = await database.query<{ stamp: string; version: number }>({
    name: `probe ${projection.table}`,
    text: `select ${ROW_STAMP} as stamp, version from ${oneRow(projection)}`,
    values: keyValues(projection, key),
  });
  return rows[0];
}

function oneRow({ table, keyColumns }: KeyedProjection): string {
  const conditions = keyColumns.map((column, index) => `${column} = $${index + 1}`);
  return `read_model.${table} where ${conditions.join(' and ')}`;
}

function keyValues({ keyColumns }: KeyedProjection, { tenantId, id }: RowKey): string[] {
  return [tenantId, id].slice(0, keyColumns.length);
}
