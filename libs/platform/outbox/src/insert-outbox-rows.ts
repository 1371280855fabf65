/**
 * Inserts into the outbox: alone, in a transaction of the caller, or as one part of a larger statement. Rows go in as
 * plain parameters, because `pg` sends a Buffer as binary but a `bytea[]` as hex text of twice the size.
 */
import type { Transaction } from '@millrace/postgres';

import type { OutboxRow } from './outbox-row.ts';

type Column = { readonly name: string; readonly type: string; readonly value: (row: OutboxRow) => unknown };

const columns: readonly Column[] = [
  { name: 'id', type: 'uuid', value: (row) => row.id },
  { name: 'topic', type: 'text', value: (row) => row.topic },
  { name: 'key', type: 'text', value: (row) => row.aggregateId },
  { name: 'type', type: 'text', value: (row) => row.type },
  { name: 'payload', type: 'bytea', value: (row) => row.payload },
  { name: 'ce_source', type: 'text', value: (row) => row.source },
  { name: 'ce_time', type: 'text', value: (row) => row.time },
  { name: 'ce_dataschema', type: 'text', value: (row) => row.dataSchema },
  { name: 'ce_tenantid', type: 'text', value: (row) => row.tenantId },
  { name: 'ce_aggregatetype', type: 'text', value: (row) => row.aggregateType },
  { name: 'ce_aggregateversion', type: 'text', value: (row) => row.aggregateVersion },
  { name: 'ce_eventversion', type: 'text', value: (row) => row.eventVersion },
  { name: 'ce_correlationid', type: 'text', value: (row) => row.correlationId },
  { name: 'ce_causationid', type: 'text', value: (row) => row.causationId },
  { name: 'ce_userid', type: 'text', value: (row) => row.userId },
  { name: 'ce_sessionid', type: 'text', value: (row) => row.sessionId },
  { name: 'traceparent', type: 'text', value: (row) => row.traceparent },
];
const names = columns.map(({ name }) => name).join(', ');

/** Columns that follow from others. The epoch is read in the statement: a process that outlives a restore cannot be wrong. */
const derived = {
  names: 'ce_subject, occurred_at, ce_epoch',
  values: `key, ce_time::timestamptz at time zone 'UTC', (select epoch::text from event_store.epoch)`,
};

/** A statement, or a part of one. */
export type OutboxInsert = {
  readonly rowCount: number;
  /** Number of its first parameter; default 1. */
  readonly firstParameter?: number;
  /** SQL condition without which nothing is inserted. */
  readonly where?: string;
};

/** SQL that inserts `rowCount` rows; its parameters are those of `outboxParameters`, in that order. */
export function outboxInsertSql({ rowCount, firstParameter = 1, where = 'true' }: OutboxInsert): string {
  const rows = Array.from({ length: rowCount }, (_, index) => placeholders(firstParameter + index * columns.length));
  return outboxInsertFrom(`(values ${rows.join(', ')}) as message (${names}) where ${where}`);
}

/** SQL that inserts what `source`, the rest of a query after `from`, has in columns of the names of the table's own. */
export function outboxInsertFrom(source: string): string {
  return (
    `insert into outbox.outbox_messages (${names}, ${derived.names}) ` +
    `select ${names}, ${derived.values} from ${source}`
  );
}

/** Values of the rows, one after the other. */
export function outboxParameters(rows: readonly OutboxRow[]): unknown[] {
  return rows.flatMap((row) => columns.map(({ value }) => value(row)));
}

/** Most rows in one statement: Postgres takes 65,535 parameters. */
const MAX_ROWS = 1_000;

/**
 * Inserts rows in a transaction of the caller, in their order.
 * @throws pg's DatabaseError 23514 for a topic that is not deployed, a payload too large, or an empty column
 */
export async function insertOutboxRows(transaction: Transaction, rows: readonly OutboxRow[]): Promise<void> {
  for (let start = 0; start < rows.length; start += MAX_ROWS) {
    const some = rows.slice(start, start + MAX_ROWS);
    await transaction.query(outboxInsertSql({ rowCount: some.length }), outboxParameters(some));
  }
}

function placeholders(first: number): string {
  return `(${columns.map(({ type }, index) => `$${first + index}::${type}`).join(', ')})`;
}
