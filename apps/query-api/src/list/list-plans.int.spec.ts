import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Database, openDatabase } from '@millrace/postgres';
import type { Queryable } from '@millrace/queries';
import { createTestDatabase, type TestDatabase } from '@millrace/testing';

import { lists } from '../entities.ts';
import { ReadSideFixture } from '../read-side.fixture.ts';
import { listFilters, live } from '../two-tenants.fixture.ts';
import type { ListApi } from './list-api.ts';

const ROWS = 10_000;
const LIMIT = 51;
/** A page may look at its own rows, and at as many for each of the statuses that it merges. */
const MOST_ROWS_READ = 6 * LIMIT;

let created: TestDatabase;
let readSide: ReadSideFixture;
let owner: Database;

beforeAll(async () => {
  created = await createTestDatabase();
  readSide = new ReadSideFixture(created);
  owner = openDatabase({ url: created.url });
  await live(readSide, 'acme');
  const tables = new Map(lists.map(({ projection: { table, keyColumns } }) => [table, keyColumns.at(-1) ?? '']));
  for (const [table, idColumn] of tables) await multiply(`read_model.${table}`, idColumn);
}, 120_000);
afterAll(async () => {
  await owner.close();
  await readSide.close();
  await created.drop();
});

/** Many rows like one that is there, each with an id and a time of its own. */
async function multiply(table: string, idColumn: string): Promise<void> {
  await owner.query(
    `insert into ${table} select copy.* from (select * from ${table} limit 1) as one, generate_series(1, ${ROWS}) as n,
       jsonb_populate_record(null::${table}, to_jsonb(one) || jsonb_build_object($1::text, lpad(to_hex(n), 32, '0'),
         'created_at', now() - n * interval '1 s', 'occurred_at', now() - n * interval '1 s')) as copy`,
    [idColumn],
  );
  // As autovacuum leaves it: with statistics, and with nothing waiting to get into an index.
  await owner.query(`vacuum (analyze) ${table}`);
}

type Plan = {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly Plans?: readonly Plan[];
};

/** Plans of the statements that a list runs for its first page. */
async function plansOf(api: ListApi, query: string): Promise<Plan[]> {
  const plans: Plan[] = [];
  const explained = async (statement: string | { text: string; values: unknown[] }, given: unknown[] = []) => {
    const { text, values } = typeof statement === 'string' ? { text: statement, values: given } : statement;
    const { rows } = await owner.query<{ 'QUERY PLAN': [{ Plan: Plan }] }>(
      `explain (analyze, format json) ${text}`,
      values,
    );
    plans.push(...rows.map(({ 'QUERY PLAN': [{ Plan: plan }] }) => plan));
    return { rows: [] };
  };
  const asked = { customerId: 'c-1', ...Object.fromEntries(new URLSearchParams(query)) };
  const database = { query: explained } as unknown as Queryable;
  await api.read(database, { ...api.filter(asked), tenantId: 'acme', limit: LIMIT });
  return plans;
}

const nodesOf = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];

const cases = lists.flatMap((api) => (listFilters[api.name] ?? []).map((query) => ({ api, name: api.name, query })));

describe('ACC-35 ORD-56 a page of a list', () => {
  test.each(cases)('$name $query reads about as many rows as it shows, and no table from end to end', async (one) => {
    const plans = await plansOf(one.api, one.query);
    expect(plans.length).toBeGreaterThan(0);
    const ofTables = plans.flatMap(nodesOf).filter((node) => node['Relation Name'] !== undefined);
    expect(ofTables.length).toBeGreaterThan(0);
    expect(ofTables.filter((node) => node['Node Type'] === 'Seq Scan')).toEqual([]);
    const read = ofTables.map(
      (node) => (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)) * node['Actual Loops'],
    );
    expect(read.reduce((sum, rows) => sum + rows, 0)).toBeLessThanOrEqual(MOST_ROWS_READ);
  });
});
