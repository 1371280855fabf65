import { join } from 'node:path';

import type { Transaction } from '@millrace/postgres';

import type { StoredBackup } from './backup-folder.ts';
import { columnsOfTable, EVENTS, PLACE_COLUMNS } from './backup-tables.ts';
import { refused } from './restore-plan.ts';
import type { TextRow } from './row-codec.ts';
import { readTableFile } from './table-file.ts';

const PAGE_ROWS = 2_000;

/** How rows go into a table. */
export type Insertion = {
  readonly table: string;
  readonly rows: AsyncIterable<TextRow>;
  /** Which rows; all by default. */
  readonly wanted?: (row: TextRow) => boolean;
  /** Whether a row that is there already stays as it is, instead of failing the restore. */
  readonly keepPresent?: boolean;
};

/**
 * Inserts rows as they were, in their order. What Postgres numbers itself is numbered anew: the order stays.
 * @returns rows that went in
 * @throws MillraceError `RESTORE_REFUSED` when the table lacks a column of the rows
 */
export async function insertRows(transaction: Transaction, insertion: Insertion): Promise<number> {
  const { table, rows, wanted = () => true } = insertion;
  let count = 0;
  let page: TextRow[] = [];
  const insert = await insertStatement(transaction, insertion);
  for await (const row of rows) {
    if (!wanted(row)) continue;
    page.push(row);
    if (page.length < PAGE_ROWS) continue;
    count += await insert(page);
    page = [];
  }
  if (page.length > 0) count += await insert(page);
  if (count > 0) await transaction.query(`analyze ${table}`);
  return count;
}

async function insertStatement(
  transaction: Transaction,
  { table, keepPresent = false }: Insertion,
): Promise<(page: readonly TextRow[]) => Promise<number>> {
  const numbered = await columnsOfTable(transaction, table, { withIdentity: true });
  const known = new Set(numbered.map(({ name }) => name));
  const own = await columnsOfTable(transaction, table, { withIdentity: false });
  const skipped = (name: string): boolean => table === EVENTS && PLACE_COLUMNS.has(name);
  return async (page) => {
    const names = Object.keys(page[0] ?? {});
    const strange = names.filter((name) => !known.has(name));
    if (strange.length > 0)
      throw refused(`${table} has no column ${strange.join(', ')}: run \`npx millrace deploy\` of a newer version`);
    const columns = own.filter(({ name }) => names.includes(name) && !skipped(name));
    const list = columns.map(({ name }) => `"${name}"`).join(', ');
    const { rowCount } = await transaction.query(
      `insert into ${table} (${list})
       select ${columns.map(({ name, type }) => `"${name}"::${type}`).join(', ')}
         from unnest(${columns.map((_, index) => `$${index + 1}::text[]`).join(', ')}) with ordinality as r (${list}, place_in_page)
        order by place_in_page ${keepPresent ? 'on conflict do nothing' : ''}`,
      columns.map(({ name }) => page.map((row) => row[name] ?? null)),
    );
    return rowCount ?? 0;
  };
}

/** Rows of one table of one backup; none where the backup is older than the table. */
export async function* rowsOf({ directory, manifest }: StoredBackup, table: string): AsyncGenerator<TextRow> {
  const file = manifest.files.find((one) => one.table === table);
  if (file) yield* readTableFile(join(directory, file.name)).rows;
}
