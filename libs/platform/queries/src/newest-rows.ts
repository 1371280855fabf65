import type { Row } from '@millrace/core';

import type { KeyedProjection, Versioned } from './aggregate-rows.ts';
import { type ListPosition, NEWEST } from './list-position.ts';
import type { Queryable } from './queryable.ts';

/** Which rows belong to a list. */
export type ListSelection = {
  readonly tenantId: string;
  /** What columns must hold; one whose value is undefined may hold anything. Names of columns, never from a client. */
  readonly where: Readonly<Record<string, string | undefined>>;
  /** First instant of creation. */
  readonly createdFrom?: string | undefined;
  /** Instant before which rows were created. */
  readonly createdTo?: string | undefined;
};

/** One page of them: the rows after one; from the newest without. */
export type NewestPage = ListSelection & { readonly after?: ListPosition | undefined; readonly limit: number };

/**
 * Rows of a tenant with a column `created_at`, newest first. The cost follows the page, not the table, where an index
 * begins with tenant and filters and ends with `created_at desc` and the id.
 */
export async function newestRows(
  database: Queryable,
  projection: KeyedProjection,
  { after = NEWEST, limit, ...selection }: NewestPage,
): Promise<Versioned<Row>[]> {
  const { columns, sql, values } = listed(projection, selection, ['<', after]);
  const { rows } = await database.query<Versioned<Row>>({
    name: `list ${columns}`,
    text: `select * ${sql} limit $${values.length + 1}`,
    values: [...values, limit],
  });
  return rows;
}

/** How many rows a list has from `first` on: what is created later is newer, so the number holds for a reader of all pages. */
export async function countRows(
  database: Queryable,
  projection: KeyedProjection,
  { first, ...selection }: ListSelection & { readonly first: ListPosition },
): Promise<number> {
  const { columns, sql, values } = listed(projection, selection, ['<=', first]);
  const { rows } = await database.query<{ total: number }>({
    name: `count ${columns}`,
    text: `select count(*) as total from (select ${sql}) as listed`,
    values,
  });
  return rows[0]?.total ?? 0;
}

/**
 * The list from a place on, in its order. A count keeps the order too: a plan that was made before the table has
 * statistics then walks the index of this very list, not just any that begins with the tenant.
 */
function listed(
  { table, keyColumns }: KeyedProjection,
  { tenantId, where, createdFrom = '-infinity', createdTo = 'infinity' }: ListSelection,
  [compare, { createdAt, id }]: readonly ['<' | '<=', ListPosition],
): { readonly columns: string; readonly sql: string; readonly values: string[] } {
  const filters = Object.entries(where).flatMap(([column, value]) => (value === undefined ? [] : [{ column, value }]));
  const idColumn = keyColumns.at(-1) ?? '';
  const equal = filters.map(({ column }, index) => ` and ${column} = $${index + 6}`).join('');
  return {
    columns: [table, ...filters.map(({ column }) => column)].join(' '),
    sql: `from read_model.${table} where tenant_id = $1${equal}
       and created_at >= $2::timestamptz and created_at < $3::timestamptz
       and (created_at, ${idColumn}) ${compare} ($4::timestamptz, $5)
     order by created_at desc, ${idColumn} desc`,
    values: [tenantId, createdFrom, createdTo, createdAt, id, ...filters.map(({ value }) => value)],
  };
}
