import type { DomainEvent, Projection, Row } from '@millrace/core';
import type { Database } from '@millrace/postgres';

import type { StreamMismatch } from './check-streams.ts';

/** Which rows: those with the keys, or all. */
export type RowSelection = {
  /** Aggregate types that the projection is told of. */
  readonly types: readonly string[];
  readonly rows?: readonly Row[];
  readonly tenantId?: string | undefined;
};

/** Most rows that are named. */
const NAMED = 1_000;

/**
 * Rows of one aggregate or event each that no event accounts for. Rows that gather aggregates are compared by tenant
 * instead. Errors as `Database.query`.
 */
export async function extraRows(
  database: Pick<Database, 'query'>,
  projection: Projection<DomainEvent, Row>,
  { types, rows, tenantId }: RowSelection,
): Promise<StreamMismatch[]> {
  const { table, rowPer } = projection;
  const id = idColumn(projection);
  if (id === undefined || rows?.length === 0) return [];
  const { rows: found } = await database.query<{ tenantId: string; id: string }>(
    `select tenant_id as "tenantId", t.${id}::text as id from ${rowSource(projection, rows)}
      where ($1::text[] is not null) and ($2::jsonb is null or true) and ($3::text is null or t.tenant_id = $3)
        and not exists (select from event_store.events e where ${accountsFor(rowPer, id)}) limit ${NAMED}`,
    [types, rows ? JSON.stringify(rows) : null, tenantId ?? null],
  );
  const aggregateType = types.length === 1 && rowPer === 'aggregate' ? (types[0] ?? '') : '';
  return found.map((row) => ({
    kind: 'row_extra',
    tenantId: row.tenantId,
    aggregateType,
    aggregateId: row.id,
    sequenceNumber: 0,
    detail: `row ${JSON.stringify([row.tenantId, row.id])} of ${table} comes from no event`,
  }));
}

type Shape = Projection<DomainEvent, Row>;

/** The column that names the aggregate or event; none where rows gather aggregates. */
function idColumn({ keyColumns, rowPer }: Shape): string | undefined {
  const [id, ...more] = keyColumns.filter((column) => column !== 'tenant_id');
  return rowPer === 'group' || more.length > 0 ? undefined : id;
}

/** SQL: whether event `e` accounts for row `t`. By the unique indexes of the store. */
function accountsFor(rowPer: Shape['rowPer'], id: string): string {
  if (rowPer === 'event') return `e.event_id = t.${id} and e.tenant_id = t.tenant_id`;
  return `e.tenant_id = t.tenant_id and e.aggregate_type = any($1::text[]) and e.aggregate_id = t.${id}`;
}

function rowSource({ table, keyColumns }: Shape, rows: readonly Row[] | undefined): string {
  if (!rows) return `read_model.${table} t`;
  return `jsonb_populate_recordset(null::read_model.${table}, $2) k join read_model.${table} t using (${keyColumns.join(', ')})`;
}
