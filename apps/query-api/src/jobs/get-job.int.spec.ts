import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@millrace/testing';

import { JobReadSide } from './job-read-side.fixture.ts';

let created: TestDatabase;
let readSide: JobReadSide;

beforeAll(async () => {
  created = await createTestDatabase();
  readSide = new JobReadSide(created);
  await readSide.storeAndProject({ jobId: 'j-1' }, 'created', 'started', 'completed');
  await readSide.storeAndProject({ jobId: 'j-2' }, 'created', 'started', 'failed', 'retried', 'restarted', 'labelled');
});
afterAll(async () => {
  await readSide.close();
  await created.drop();
});

const second = (seconds: number) => `2026-01-02T03:04:0${seconds}.000Z`;
const job = async (path: string) => (await readSide.get(`/v1/jobs/${path}`)).body;
const NOT_FOUND = { status: 404, body: { code: 'JOB_NOT_FOUND' } };

describe('GET /v1/jobs/:jobId', () => {
  test('JOB-25 JOB-28 a job with everything known about it', async () => {
    const { status, headers, body } = await readSide.get('/v1/jobs/j-2');
    expect([status, headers['etag']]).toEqual([200, '"6"']);
    expect(body).toEqual({
      jobId: 'j-2',
      tenantId: 'acme',
      name: 'Process Data',
      command: 'python process.py',
      image: 'python:3.9',
      status: 'running',
      metadata: { team: 'ops' },
      attempts: 2,
      failureReason: 'exit code 1',
      createdAt: second(5),
      startedAt: second(9),
      failedAt: second(7),
      retriedAt: second(8),
      updatedAt: '2026-01-02T03:04:10.000Z',
      version: 6,
    });
  });

  test('JOB-16 JOB-19 the ends of a job', async () => {
    expect(await job('j-1')).toMatchObject({ status: 'completed', completedAt: second(7), attempts: 1 });
    await readSide.storeAndProject({ jobId: 'j-off' }, 'created', 'cancelled');
    expect(await job('j-off')).toMatchObject({
      status: 'cancelled',
      cancelledAt: second(6),
      cancelReason: 'not needed',
    });
  });

  test('JOB-25 an unknown job, and one of another tenant, is 404', async () => {
    expect(await readSide.get('/v1/jobs/j-unknown')).toMatchObject(NOT_FOUND);
    expect(await readSide.get('/v1/jobs/j-1', { authorization: 'Bearer umbrella' })).toMatchObject(NOT_FOUND);
  });

  test('JOB-25 readers of jobs may, readers of something else may not', async () => {
    const statusFor = async (role: string) =>
      (await readSide.get('/v1/jobs/j-1', { authorization: `Bearer acme.${role}` })).status;
    expect([await statusFor('jobs.reader'), await statusFor('orders.reader')]).toEqual([200, 403]);
  });

  test('JOB-28 the table has a column for each, and a key that names one row', async () => {
    const { rows } = await readSide.sql(
      `select column_name from information_schema.columns where table_schema = 'read_model' and table_name = 'job_read_model'`,
    );
    expect(rows.map(({ column_name }) => column_name).sort()).toEqual(
      [
        ...['tenant_id', 'job_id', 'name', 'command', 'image', 'status', 'metadata', 'attempts', 'created_at'],
        ...['started_at', 'completed_at', 'failed_at', 'retried_at', 'cancelled_at', 'failure_reason'],
        ...['cancel_reason', 'updated_at', 'version'],
      ].sort(),
    );
    const plan = await readSide.sql(
      `explain select * from read_model.job_read_model where tenant_id = 'acme' and job_id = 'j-1'`,
    );
    expect(plan.rows.map((line) => line['QUERY PLAN']).join()).toMatch(/^Index Scan using job_read_model_pkey/);
  });

  test('JOB-30 the second time the answer comes from the cache, until the job changes', async () => {
    await readSide.storeAndProject({ jobId: 'j-kept' }, 'created');
    const hits = () => readSide.metric('millrace_cache_hits_total{query="GetJob"}');
    const before = await hits();
    await job('j-kept');
    expect(await job('j-kept')).toMatchObject({ status: 'created' });
    expect(await hits()).toBe(before + 1);
    await readSide.storeAndProject({ jobId: 'j-kept' }, 'started');
    expect(await job('j-kept')).toMatchObject({ status: 'running' });
    expect(await hits()).toBe(before + 1);
  });

  test('JOB-31 while the projector stands still the view is old, and says so; then it catches up', async () => {
    await readSide.storeAndProject({ jobId: 'j-late' }, 'created');
    await readSide.store({ jobId: 'j-late' }, 'started');
    expect(await job('j-late')).toMatchObject({ status: 'created', version: 1 });
    expect(await readSide.get('/v1/jobs/j-late?minVersion=2&wait=50ms')).toMatchObject({
      status: 504,
      body: { code: 'VERSION_NOT_REACHED', version: 1, minVersion: 2 },
    });
    const waiting = job('j-late?minVersion=2&wait=3s');
    await readSide.projectJob({ jobId: 'j-late' });
    expect(await waiting).toMatchObject({ status: 'running', version: 2 });
  });
});

describe('the query bus', () => {
  test('JOB-12 all queries of jobs go over it and are counted by name', async () => {
    const paths = { GetJob: '/j-1', ListJobs: '?limit=1', ListJobHistory: '/j-1/history' };
    for (const [name, path] of Object.entries(paths)) {
      const series = `millrace_query_seconds_count{query="${name}",outcome="answered"}`;
      const before = await readSide.metric(series);
      expect((await readSide.get(`/v1/jobs${path}`)).status).toBe(200);
      expect([name, await readSide.metric(series)]).toEqual([name, before + 1]);
    }
  });
});

describe('the past of a job', () => {
  test('JOB-32 at any instant: before it was created, while it ran, after it had ended', async () => {
    expect(await readSide.get(`/v1/jobs/j-1?at=2026-01-02T03:04:04.999Z`)).toMatchObject(NOT_FOUND);
    expect(await job(`j-1?at=${second(5)}`)).toMatchObject({ status: 'created', version: 1 });
    expect(await job('j-1?at=2026-01-02T03:04:06.500Z')).toMatchObject({ status: 'running', version: 2 });
    expect(await job('j-1?at=2027-01-01T00:00:00Z')).toEqual(await job('j-1'));
  });

  test('JOB-32 at any version, the newest of which is the read model', async () => {
    const statuses: unknown[] = [];
    for (const version of [1, 2, 3, 4, 5, 6]) statuses.push((await job(`j-2?version=${version}`))['status']);
    expect(statuses).toEqual(['created', 'running', 'failed', 'retried', 'running', 'running']);
    expect(await job('j-2?version=6')).toEqual(await job('j-2'));
  });

  test('JOB-27 the history is that of the store, in its order', async () => {
    const { items } = (await job('j-2/history')) as { items: { type: string; version: number; eventId: string }[] };
    const { rows } = await readSide.sql(
      `select event_type as type, sequence_number as version, event_id as "eventId" from event_store.events
        where tenant_id = 'acme' and aggregate_type = 'job' and aggregate_id = 'j-2' order by sequence_number`,
    );
    expect(items.map(({ type, version, eventId }) => ({ type, version, eventId }))).toEqual(rows);
    expect(items).toHaveLength(6);
  });

  test('JOB-27 in pages', async () => {
    type Page = { items: { version: number }[]; next?: string };
    const versions: number[][] = [];
    for (let query: string | undefined = ''; query !== undefined;) {
      const { items, next } = (await job(`j-2/history?limit=4${query}`)) as Page;
      versions.push(items.map(({ version }) => version));
      query = next && `&cursor=${next}`;
    }
    expect(versions).toEqual([
      [1, 2, 3, 4],
      [5, 6],
    ]);
  });

  test('JOB-17 JOB-18 JOB-29 an entry says what happened, when, who did it and why; attempts are told apart', async () => {
    const { items } = (await job('j-2/history')) as { items: Record<string, unknown>[] };
    expect(items[2]).toEqual({
      eventId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      type: 'JobFailed',
      version: 3,
      schemaVersion: 1,
      occurredAt: second(7),
      userId: 'alice',
      correlationId: 'process-1',
      causationId: 'command-1',
      data: { jobId: 'j-2', reason: 'exit code 1' },
    });
    const starts = items.filter(({ type }) => type === 'JobStarted');
    expect(starts.map(({ data }) => data)).toEqual([1, 2].map((attempt) => ({ jobId: 'j-2', attempt })));
  });

  test('JOB-27 there is none of an unknown job, nor of one of another tenant', async () => {
    expect(await readSide.get('/v1/jobs/j-unknown/history')).toMatchObject(NOT_FOUND);
    expect(await readSide.get('/v1/jobs/j-1/history', { authorization: 'Bearer umbrella' })).toMatchObject(NOT_FOUND);
  });
});
