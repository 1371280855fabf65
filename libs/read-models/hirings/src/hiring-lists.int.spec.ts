import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Database, openDatabase } from '@millrace/postgres';
import { findRow } from '@millrace/queries';
import { createTestDatabase, type TestDatabase } from '@millrace/testing';

import { hiringView } from './index.ts';
import { listHirings } from './queries/index.ts';

let created: TestDatabase;
let owner: Database;
beforeAll(async () => {
  created = await createTestDatabase();
  owner = openDatabase({ url: created.url });
});
afterAll(async () => {
  await owner.close();
  await created.drop();
});

const page = { tenantId: 'acme', limit: 50 };
const reads: [string, (database: { query: never }) => Promise<unknown>][] = [
  ['hiring_view_pkey', (database) => findRow(database, hiringView, { tenantId: 'acme', id: 'h-1' })],
  ['hiring_view_newest', (database) => listHirings(database, page)],
  ['hiring_view_by_status', (database) => listHirings(database, { ...page, status: 'started' })],
];

/** Plan of the statement that `read` sends, for any values. */
async function planOf(read: (database: { query: never }) => Promise<unknown>): Promise<string> {
  let plan = '';
  const explain = async ({ text }: { text: string }) => {
    const { rows } = await owner.query<{ 'QUERY PLAN': string }>(`explain (generic_plan) ${text}`);
    plan = rows.map((row) => row['QUERY PLAN']).join('\n');
    return { rows: [] };
  };
  await read({ query: explain as never });
  return plan;
}

test('CIM-52 each read of hirings walks its index, on a table without statistics and on one of 20,000 with them', async () => {
  for (const [index, read] of reads) expect(await planOf(read)).toContain(index);
  await owner.query(`insert into read_model.hiring_view
    select 'acme', 'h-' || n, 'p-' || n, 'org-1', (array['started', 'completed', 'failed', 'cancelled'])[1 + n % 4], null, null,
           now() - n * interval '1 s', null, now(), 1 from generate_series(1, 20000) n`);
  await owner.query('vacuum analyze read_model.hiring_view');
  for (const [index, read] of reads) {
    const plan = await planOf(read);
    expect(plan).toContain(index);
    expect(plan).not.toMatch(/Seq Scan|Sort/);
  }
});
