import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { applyBatch, projectionEffect } from '@millrace/consumer';
import { readingOf } from '@millrace/consumer/testing';
import { type JobEvent, jobEvents, JOBS_TOPIC } from '@millrace/contracts/jobs';
import { foldEvent, type Projection, type RecordedEvent, type Row } from '@millrace/core';
import { type Database, openDatabase } from '@millrace/postgres';
import { createTestDatabase, type TestDatabase } from '@millrace/testing';

import { jobReadModel } from './index.ts';
import { type Happening, jobHistory } from './job-events.fixture.ts';
import { countJobs, type JobFilter, listJobs } from './queries/index.ts';

let created: TestDatabase;
let owner: Database;
let projector: Database;
beforeAll(async () => {
  created = await createTestDatabase();
  owner = openDatabase({ url: created.url });
  projector = openDatabase({ url: created.roleUrls.projector });
});
afterAll(async () => {
  await Promise.all([owner.close(), projector.close()]);
  await created.drop();
});

const lives: readonly Happening[][] = [
  ['created'],
  ['created', 'labelled', 'started', 'completed'],
  ['created', 'started', 'failed', 'retried', 'restarted', 'completed'],
  ['created', 'started', 'failed', 'cancelled'],
  ['created', 'started', 'failed', 'retried'],
];
const histories = lives.map((names, index) => jobHistory(`job-${index}`, names));
/** As a topic carries them: in order per job, mixed over jobs. */
const events = [0, 1, 2, 3, 4, 5].flatMap((turn) => histories.flatMap((history) => history[turn] ?? []));

describe('job_read_model on Postgres', () => {
  test('JOB-30 the table equals a plain fold of the events, each batch applied twice', async () => {
    const projection = jobReadModel as unknown as Projection<JobEvent, Row>;
    const at = { group: projection.name, topic: JOBS_TOPIC, partition: 0 };
    const engine = { database: projector, catalogue: jobEvents, effect: projectionEffect(projection) };
    let from: number | undefined;
    for (const start of [0, 0, 4, 4, 8, 8, 12, 12, 16, 16]) {
      const readings = events.slice(start, start + 4).map(readingOf);
      const nextOffset = (from ?? 0) + 4;
      await applyBatch(engine, { at, from, nextOffset, readings });
      from = nextOffset;
    }
    const { rows } = await owner.query<Row>('select * from read_model.job_read_model order by job_id');
    expect(rows).toEqual(histories.map((history) => folded(projection, history)));
  });
});

function folded(projection: Projection<JobEvent, Row>, history: readonly RecordedEvent<JobEvent>[]): Row | undefined {
  let row: Row | undefined;
  for (const event of history) row = foldEvent(projection, row, event);
  return row;
}

describe('lists of jobs', () => {
  const lists: readonly [string, JobFilter, string][] = [
    ['all', {}, 'newest'],
    ['of a status', { status: 'created' }, 'by_status'],
    ['of a name', { name: 'name-7' }, 'by_name'],
    ['of both', { status: 'created', name: 'name-7' }, 'by_name'],
    ['of a time', { createdFrom: '2026-01-02T00:00:00Z', createdTo: '2026-01-03T00:00:00Z' }, 'newest'],
  ];

  /** How the very statements that read and count a list are planned: each for its values, and for any. */
  async function plansOf(filter: JobFilter): Promise<{ read: string[]; count: string[] }> {
    const plans: string[] = [];
    const explain = async ({ text, values }: { text: string; values: unknown[] }) => {
      const custom = await owner.query(`explain ${text}`, values);
      const generic = await owner.query(`explain (generic_plan) ${text}`);
      plans.push(...[custom, generic].map(({ rows }) => JSON.stringify(rows)));
      return { rows: [] };
    };
    const database = { query: explain as never };
    await listJobs(database, { ...filter, tenantId: 'acme', limit: 50 });
    await countJobs(database, { ...filter, tenantId: 'acme', first: { createdAt: '2026-01-02T12:00:00Z', id: 'x' } });
    return { read: plans.slice(0, 2), count: plans.slice(2) };
  }

  test('JOB-30 one job: walks the primary key, on a table without statistics', async () => {
    const key = 't.tenant_id = $1 and t.job_id = $2';
    const { rows } = await owner.query(`explain (generic_plan) select * from read_model.job_read_model t where ${key}`);
    expect(JSON.stringify(rows)).toContain('Index Scan using job_read_model_pkey');
  });

  test.each(lists)('JOB-30 %s: walks its index, on a table without statistics', async (_name, filter, index) => {
    const { read, count } = await plansOf(filter);
    for (const plan of [...read, ...count]) {
      expect(plan).toContain(`job_read_model_${index}`);
      expect(plan).not.toMatch(/Seq Scan|Sort/);
    }
  });

  test('JOB-30 and on one of 20,000 with them', async () => {
    await owner.query(`insert into read_model.job_read_model (tenant_id, job_id, name, command, image, status, metadata, attempts, created_at, updated_at, version)
      select 'acme', 'bulk-' || n, 'name-' || n % 100, 'c', 'i', (array['created', 'running', 'completed', 'failed'])[1 + n % 4], '{}', 0, now() - n * interval '1 s', now(), 1 from generate_series(1, 20000) n`);
    await owner.query('vacuum analyze read_model.job_read_model');
    for (const [name, filter, index] of lists) {
      const { read, count } = await plansOf(filter);
      for (const plan of [...read, ...count]) expect(`${name}: ${plan}`).not.toContain('Seq Scan');
      for (const plan of read) {
        expect(plan).toContain(`job_read_model_${index}`);
        // A name alone leaves so few rows that sorting them may be the cheaper way.
        if (filter.name === undefined) expect(plan).not.toContain('Sort');
      }
    }
  });
});
