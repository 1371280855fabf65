/** SQL of one table in schema `read_model`: rows travel as JSON, so one statement takes any number of them. */
import { MillraceError, type Projection, type Row } from '@millrace/core';
import type { Transaction } from '@millrace/postgres';
import pg from 'pg';

type Statements = { readonly load: string; readonly save: string; readonly remove: string };

/** Columns of the primary key, and whether column `version` guards a row: it does where a row is one aggregate. */
export type TableShape = Pick<Projection, 'table' | 'keyColumns' | 'rowPer'>;

// Concurrent transactions of several partitions may need the same row of a group. Locking buckets instead of rows also
// covers rows that do not exist yet, and keeps the number of locks small.
const LOCK_BUCKETS = 256;

/** Loads, saves and removes rows. */
export class ReadModelTable {
  readonly #shape: TableShape;
  readonly #name: string;
  #statements: Statements | undefined;

  constructor(shape: TableShape) {
    this.#shape = shape;
    this.#name = `read_model.${pg.escapeIdentifier(shape.table)}`;
  }

  /** Key of a row as one text. Key columns must read the same in an event and in Postgres: text, date, whole number. */
  keyOf(row: Row): string {
    return JSON.stringify(this.#shape.keyColumns.map((column) => row[column]));
  }

  /** Holds the keys, existing or not, until the transaction ends. */
  async lock(transaction: Transaction, keys: readonly string[]): Promise<void> {
    await transaction.query(
      `select pg_advisory_xact_lock(hashtext($1), bucket)
       from (select distinct hashtext(key) & ${LOCK_BUCKETS - 1} as bucket from unnest($2::text[]) key order by 1) b`,
      [this.#name, keys],
    );
  }

  /** Rows with the keys, those that exist. @throws RangeError for a number that JavaScript does not hold exactly */
  async load(transaction: Transaction, keys: readonly Row[]): Promise<Row[]> {
    const { load } = await this.#prepared(transaction);
    const { rows } = await transaction.query<{ row: Row }>(this.#named('load', load, [JSON.stringify(keys)]));
    return rows.map(({ row }) => exact(row));
  }

  /**
   * Inserts or replaces rows. A row that is as new already is not touched.
   * @throws MillraceError `POSITION_FENCED` when another transaction was first
   */
  async save(transaction: Transaction, rows: readonly Row[]): Promise<void> {
    if (rows.length === 0) return;
    const { save } = await this.#prepared(transaction);
    const { rowCount } = await transaction.query(this.#named('save', save, [JSON.stringify(rows)]));
    if (rowCount === rows.length) return;
    throw new MillraceError('POSITION_FENCED', `${this.#name} holds newer rows than this member has read`);
  }

  async remove(transaction: Transaction, keys: readonly Row[]): Promise<void> {
    if (keys.length === 0) return;
    const { remove } = await this.#prepared(transaction);
    await transaction.query(this.#named('remove', remove, [JSON.stringify(keys)]));
  }

  /** Removes all rows. Readers see them until the commit, which `truncate` would not allow. */
  async clear(transaction: Transaction): Promise<void> {
    await transaction.query(`delete from ${this.#name}`);
  }

  async count(transaction: Transaction): Promise<number> {
    const { rows } = await transaction.query<{ count: number }>(`select count(*) from ${this.#name}`);
    return rows[0]?.count ?? 0;
  }

  /** Prepared once per connection: planning these statements takes longer than running them. */
  #named(verb: 'load' | 'save' | 'remove', text: string, values: unknown[]): pg.QueryConfig {
    return { name: `${verb} ${this.#shape.table}`, text, values };
  }

  async #prepared(transaction: Transaction): Promise<Statements> {
    this.#statements ??= this.#statementsFor(await this.#columns(transaction));
    return this.#statements;
  }

  async #columns(transaction: Transaction): Promise<string[]> {
    const { rows } = await transaction.query<{ name: string }>(
      `select attname as name from pg_attribute
       where attrelid = $1::regclass and attnum > 0 and not attisdropped and attgenerated = '' order by attnum`,
      [this.#name],
    );
    return rows.map(({ name }) => pg.escapeIdentifier(name));
  }

  #statementsFor(columns: readonly string[]): Statements {
    const keys = this.#shape.keyColumns.map((column) => pg.escapeIdentifier(column));
    const given = `jsonb_populate_recordset(null::${this.#name}, $1)`;
    const same = keys.map((key) => `t.${key} = k.${key}`).join(' and ');
    const changes = columns
      .filter((column) => !keys.includes(column))
      .map((column) => `${column} = excluded.${column}`);
    const guard = this.#shape.rowPer === 'aggregate' ? ' where t.version < excluded.version' : '';
    return {
      // `offset 0` keeps the look-up one of the primary key per row: on a table without statistics the planner would
      // join by reading all of it.
      load: `select to_jsonb(t) as row from ${given} k cross join lateral (select * from ${this.#name} t where ${same} offset 0) t`,
      save:
        `insert into ${this.#name} as t (${columns.join(', ')}) select ${columns.join(', ')} from ${given} ` +
        `on conflict (${keys.join(', ')}) do update set ${changes.join(', ')}${guard}`,
      remove: `delete from ${this.#name} t using ${given} k where ${same}`,
    };
  }
}

/** jsonb carries a bigint as a JSON number, which loses digits past 2^53. */
function exact(row: Row): Row {
  for (const [column, value] of Object.entries(row)) {
    if (typeof value === 'number' && Math.abs(value) > Number.MAX_SAFE_INTEGER) {
      throw new RangeError(`${column} ${value} does not fit a JavaScript number exactly`);
    }
  }
  return row;
}
