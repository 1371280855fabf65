import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Database, openDatabase } from '@millrace/postgres';
import { createTestDatabase, type TestDatabase } from '@millrace/testing';

import { projections } from './index.ts';

let created: TestDatabase;
let database: Database;

beforeAll(async () => {
  created = await createTestDatabase();
  database = openDatabase({ url: created.url, poolSize: 1, applicationName: 'fleet' });
});
afterAll(async () => {
  await database.close();
  await created.drop();
});

describe('every read model', () => {
  test('has a name and a table of its own', () => {
    expect(new Set(projections.map(({ name }) => name)).size).toBe(projections.length);
    expect(new Set(projections.map(({ table }) => table)).size).toBe(projections.length);
  });

  // A young table has no statistics, and prepared statements keep their first plans: a look-up by another index that
  // begins with the tenant would read all of the tenant.
  test.each(projections)(
    'ACC-35 CIM-52 $table is looked up by its primary key, also while it is young',
    async (model) => {
      const conditions = model.keyColumns.map((column, index) => `${column} = $${index + 1}`).join(' and ');
      const { rows } = await database.query<{ 'QUERY PLAN': string }>(
        `explain (generic_plan) select * from read_model.${model.table} where ${conditions}`,
      );
      expect(rows.map((row) => row['QUERY PLAN']).join('\n')).toMatch(
        new RegExp(`Index Scan using ${model.table}_pkey`),
      );
    },
  );
});
