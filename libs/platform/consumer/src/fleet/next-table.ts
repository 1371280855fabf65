/** The table that a rebuild fills: like the live one, unless a migration has made it with another shape. */
import type { Projection } from '@millrace/core';
import type { Database, Transaction } from '@millrace/postgres';
import pg from 'pg';

import { schemaOf, type Side } from './side.ts';

type Shape = Pick<Projection, 'table'>;

// Tells a table that a rebuild made, which goes with it, from one that a migration made, which stays.
const OURS = 'made by a rebuild';

/** Name of a side's table, quoted. */
export function tableOf({ table }: Shape, side: Side): string {
  return `${schemaOf(side)}.${pg.escapeIdentifier(table)}`;
}

/** Whether a side has a table. */
export async function tableExists(
  database: Pick<Database, 'query'> | Transaction,
  shape: Shape,
  side: Side,
): Promise<boolean> {
  const { rows } = await (database as Pick<Database, 'query'>).query<{ found: string | null }>(
    'select to_regclass($1) as found',
    [tableOf(shape, side)],
  );
  return rows[0]?.found !== null;
}

/** Makes the empty next table, without indexes; one that a migration made is emptied, and keeps those it has. */
export async function makeNextTable(transaction: Transaction, shape: Shape): Promise<void> {
  const [live, next] = [tableOf(shape, 'live'), tableOf(shape, 'next')];
  if (await tableExists(transaction, shape, 'next')) {
    await transaction.query(`truncate ${next}`);
  } else {
    const like = 'including defaults including constraints including generated including storage including compression';
    await transaction.query(`create table ${next} (like ${live} ${like})`);
    await transaction.query(`comment on table ${next} is '${OURS}'`);
  }
  const grants = await transaction.query<{ statement: string }>(
    `select format('grant %s on %s to %s', string_agg(privilege_type, ', '), $2::text, grantee::regrole) as statement
     from pg_class, aclexplode(relacl) where pg_class.oid = $1::regclass and grantee not in (0, relowner) group by grantee`,
    [live, next],
  );
  for (const { statement } of grants.rows) await transaction.query(statement);
}

/**
 * Gives the next table the indexes of the live one, under the same names; nothing where it has its primary key already.
 * The key comes last: among indexes that serve a look-up equally, a young table's planner takes the newest.
 */
export async function makeIndexes(transaction: Transaction, shape: Shape): Promise<void> {
  const [live, next] = [tableOf(shape, 'live'), tableOf(shape, 'next')];
  const keyed = await transaction.query('select from pg_index where indrelid = $1::regclass and indisprimary', [next]);
  if (keyed.rowCount) return;
  const { rows } = await transaction.query<{ index: string; constraint: string | null }>(
    `select pg_get_indexdef(i.indexrelid) as index, c.conname as constraint
     from pg_index i left join pg_constraint c on c.conindid = i.indexrelid and c.contype in ('p', 'u')
     where i.indrelid = $1::regclass order by i.indisprimary, i.indexrelid`,
    [live],
  );
  for (const { index, constraint } of rows) {
    // Postgres names the table with its schema, and puts the index where the table is.
    await transaction.query(index.replace(` ON ${schemaOf('live')}.`, ` ON ${schemaOf('next')}.`));
    if (constraint) await transaction.query(await constraintOn(transaction, { live, next, constraint }));
  }
}

async function constraintOn(
  transaction: Transaction,
  { live, next, constraint }: { readonly live: string; readonly next: string; readonly constraint: string },
): Promise<string> {
  const { rows } = await transaction.query<{ kind: string }>(
    `select case contype when 'p' then 'primary key' else 'unique' end as kind from pg_constraint
     where conrelid = $1::regclass and conname = $2`,
    [live, constraint],
  );
  const name = pg.escapeIdentifier(constraint);
  return `alter table ${next} add constraint ${name} ${rows[0]?.kind} using index ${name}`;
}

/** Removes a next table that a rebuild made, and empties one that a migration made. */
export async function discardNextTable(transaction: Transaction, shape: Shape): Promise<void> {
  if (!(await tableExists(transaction, shape, 'next'))) return;
  const next = tableOf(shape, 'next');
  const { rows } = await transaction.query<{ comment: string | null }>(
    `select obj_description($1::regclass, 'pg_class') as comment`,
    [next],
  );
  await transaction.query(rows[0]?.comment === OURS ? `drop table ${next}` : `truncate ${next}`);
}
