/**
 * SQL of one read model's table: rows travel as JSON, so one statement takes any number of them.
 *
 * A switch puts another table under the name while this process runs. Statements find it by themselves; the columns that
 * were read of the old one do not. So `save` names the table that it was made for: with another one there it writes
 * nothing, the batch is fenced, and the next one reads the columns anew.
 */
import { MillraceError, type Projection, type Row } from '@millrace/core';
import type { Transaction } from '@millrace/postgres';
import pg from 'pg';

type Statements = {
  /** Of the table that they were made for. */
  readonly oid: number;
  readonly load: string;
  readonly save: string;
  readonly insert: string;
  readonly remove: string;
};
type Verb = Exclude<keyof Statements, 'oid'>;

/** Columns of the primary key, and whether column `version` guards a row: it does where a row is one aggregate. */
export type TableShape = Pick<Projection, 'name' | 'version' | 'table' | 'keyColumns' | 'rowPer'>;

/** Where a read model's table lies: the one that is read, the one that a rebuild makes, the one that was read before. */
export type ReadModelSchema = 'read_model' | 'read_model_next' | 'read_model_previous';

// Concurrent transactions of several partitions may need the same row of a group. Locking buckets instead of rows also
// covers rows that do not exist yet, and keeps the number of locks small.
const LOCK_BUCKETS = 256;

// SQLSTATE.
const UNDEFINED_COLUMN = '42703';

/** Loads, saves and removes rows. */
export class ReadModelTable {
  readonly #shape: TableShape;
  readonly #schema: ReadModelSchema;
  readonly #name: string;
  #statements: Statements | undefined;

  constructor(shape: TableShape, schema: ReadModelSchema = 'read_model') {
    this.#shape = shape;
    this.#schema = schema;
    this.#name = `${schema}.${pg.escapeIdentifier(shape.table)}`;
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
    const { rows } = await this.#run<{ row: Row }>(transaction, 'load', [JSON.stringify(keys)]);
    return rows.map(({ row }) => exact(row));
  }

  /**
   * Inserts or replaces rows. A row that is as new already is not touched.
   * @throws MillraceError `POSITION_FENCED` when another transaction was first, or another table has taken the name
   */
  async save(transaction: Transaction, rows: readonly Row[]): Promise<void> {
    if (rows.length === 0) return;
    const { oid } = await this.#prepared(transaction);
    const { rowCount } = await this.#run(transaction, 'save', [JSON.stringify(rows), oid]);
    if (rowCount === rows.length) return;
    this.#statements = undefined;
    const message = `${this.#name} was replaced, or holds newer rows than this member has read`;
    throw new MillraceError('POSITION_FENCED', message);
  }

  /** Adds rows that are not there, to a table that nobody else writes: it may be without its key yet. */
  async insert(transaction: Transaction, rows: readonly Row[]): Promise<void> {
    if (rows.length > 0) await this.#run(transaction, 'insert', [JSON.stringify(rows)]);
  }

  async remove(transaction: Transaction, keys: readonly Row[]): Promise<void> {
    if (keys.length === 0) return;
    await this.#run(transaction, 'remove', [JSON.stringify(keys)]);
  }

  /** Removes all rows, or those of a tenant. Readers see them until the commit, which `truncate` would not allow. */
  async clear(transaction: Transaction, tenantId?: string): Promise<void> {
    await transaction.query(`delete from ${this.#name} where $1::text is null or tenant_id = $1`, [tenantId ?? null]);
  }

  /** Number of rows, or of those of a tenant. */
  async count(transaction: Transaction, tenantId?: string): Promise<number> {
    const { rows } = await transaction.query<{ count: number }>(
      `select count(*) from ${this.#name} where $1::text is null or tenant_id = $1`,
      [tenantId ?? null],
    );
    return rows[0]?.count ?? 0;
  }

  /** Prepared once per connection: planning these statements takes longer than running them. */
  async #run<R extends pg.QueryResultRow>(
    transaction: Transaction,
    verb: Verb,
    values: unknown[],
  ): Promise<pg.QueryResult<R>> {
    const { oid, [verb]: text } = await this.#prepared(transaction);
    try {
      // A table keeps its oid when it changes places, and the text names the place.
      return await transaction.query<R>({ name: `${verb} ${this.#schema} ${oid}`, text, values });
    } catch (error) {
      this.#statements = undefined;
      if ((error as { code?: string }).code !== UNDEFINED_COLUMN) throw error;
      throw new MillraceError('POSITION_FENCED', `${this.#name} has other columns now`, { cause: error });
    }
  }

  async #prepared(transaction: Transaction): Promise<Statements> {
    this.#statements ??= await this.#prepare(transaction);
    return this.#statements;
  }

  /** @throws MillraceError `PROJECTION_OUTDATED` */
  async #prepare(transaction: Transaction): Promise<Statements> {
    const { rows } = await transaction.query<{ oid: number; columns: string[]; version: number | null }>(
      `select $1::regclass::oid as oid,
         (select projection_version from consumer.groups where consumer_group = $2) as version,
         (select array_agg(attname::text order by attnum) from pg_attribute
          where attrelid = $1::regclass and attnum > 0 and not attisdropped and attgenerated = '') as columns`,
      [this.#name, this.#shape.name],
    );
    const { oid = 0, columns = [], version } = rows[0] ?? {};
    const own = this.#shape.version ?? 1;
    if (this.#schema === 'read_model' && version && version > own) {
      const message = `${this.#name} was made by version ${version} of ${this.#shape.name}, and this process has version ${own}`;
      throw new MillraceError('PROJECTION_OUTDATED', message, { facts: { version, own } });
    }
    const identifiers = columns.map((name) => pg.escapeIdentifier(name));
    return { oid, ...this.#statementsFor(identifiers) };
  }

  #statementsFor(columns: readonly string[]): Omit<Statements, 'oid'> {
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
        `where '${this.#name}'::regclass = $2::oid on conflict (${keys.join(', ')}) do update set ${changes.join(', ')}${guard}`,
      insert: `insert into ${this.#name} (${columns.join(', ')}) select ${columns.join(', ')} from ${given}`,
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
