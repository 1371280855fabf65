import { expect, test } from '@jest/globals';
import { createMetrics } from '@millrace/telemetry';

import { AnswerCache } from '../answer-cache.ts';
import { QueryBus } from '../query-bus.ts';
import { list, type ListedRow } from './list-api.ts';
import { type ListPage, registerListQuery } from './list-queries.ts';

type Thing = ListedRow & { readonly version: number };

const thing = (n: number): Thing => ({ thing_id: `t-${n}`, created_at: new Date(n * 1_000).toISOString(), version: 1 });

test('JOB-26 T-63 rows that are created between the reading of a page and its counting are in neither', async () => {
  const things = [thing(1), thing(2), thing(3)];
  const newestFirst = () => [...things].sort((a, b) => b.created_at.localeCompare(a.created_at));
  const api = list({
    name: 'ListThings',
    path: '/things',
    plural: 'things',
    parameters: {},
    projection: { name: 'things', table: 'things', keyColumns: ['tenant_id', 'thing_id'] },
    filter: () => ({}),
    read: async (_database, { after, limit }) => {
      const rows = newestFirst().filter((row) => !after || row.created_at < after.createdAt);
      things.push(thing(things.length + 1));
      return rows.slice(0, limit);
    },
    view: (row) => row,
    count: async (_database, { first }) => things.filter((row) => row.created_at <= first.createdAt).length,
  });
  const bus = new QueryBus(createMetrics('spec'));
  const database = { query: async () => ({ rows: [{ position: 1, stamp: String(things.length) }] }) as never };
  registerListQuery(bus, { database, cache: new AnswerCache({ entries: 0, metrics: createMetrics('spec') }) }, api);

  const seen: unknown[] = [];
  for (let cursor: string | undefined | null = null; cursor !== undefined;) {
    const page: ListPage = { tenantId: 'acme', filter: {}, limit: 2, total: true, ...(cursor !== null && { cursor }) };
    const answer = await bus.ask('ListThings', page);
    const { items, next, total } = JSON.parse(answer?.body ?? '') as { items: Thing[]; next?: string; total: number };
    seen.push([total, items.map((row) => row['thing_id'])]);
    cursor = next;
  }
  expect(seen).toEqual([
    [3, ['t-3', 't-2']],
    [3, ['t-1']],
  ]);
});
