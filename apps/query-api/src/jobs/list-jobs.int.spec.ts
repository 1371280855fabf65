import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@millrace/testing';

import { type Happening, JobReadSide } from './job-read-side.fixture.ts';

const ways: readonly Happening[][] = [
  ['created'],
  ['created', 'started'],
  ['created', 'started', 'completed'],
  ['created', 'started', 'failed'],
  ['created', 'started', 'failed', 'retried'],
  ['created', 'cancelled'],
];
const statuses = ['created', 'running', 'completed', 'failed', 'retried', 'cancelled'];

type JobItem = { jobId: string; tenantId: string; name: string; status: string; createdAt: string };
type Listed = { items: JobItem[]; next?: string; total?: number };

const COUNT = 55;
/** Job `n`: its status and its name follow from the number; three jobs share each instant. */
const jobs = Array.from({ length: COUNT }, (_, n) => ({
  jobId: `j-${String(n).padStart(2, '0')}`,
  name: n % 5 === 0 ? 'Nightly' : 'Process Data',
  status: statuses[n % 6] ?? '',
  createdAt: `2026-01-02T03:${String(10 + Math.floor(n / 3)).padStart(2, '0')}:00.000Z`,
}));

let created: TestDatabase;
let readSide: JobReadSide;
beforeAll(async () => {
  created = await createTestDatabase();
  readSide = new JobReadSide(created);
  for (const [n, { jobId, name, createdAt }] of jobs.entries()) {
    await readSide.storeAndProject({ jobId, name, createdAt }, ...(ways[n % 6] ?? []));
  }
  for (const n of [0, 1, 2]) {
    await readSide.storeAndProject({ tenantId: 'umbrella', jobId: `j-0${n}`, name: 'Nightly' }, ...(ways[n] ?? []));
  }
});
afterAll(async () => {
  await readSide.close();
  await created.drop();
});

async function list(query: string, headers: Record<string, string> = {}): Promise<Listed> {
  const { status, body } = await readSide.get(`/v1/jobs?${query}`, headers);
  expect(status).toBe(200);
  return body as Listed;
}

const ids = (items: readonly { jobId: string }[]) => items.map(({ jobId }) => jobId);
const newestFirst = (wanted: (job: (typeof jobs)[number]) => boolean) => ids(jobs.filter(wanted)).reverse();

/** All pages; `between` runs after each. */
async function walk(query: string, between: () => Promise<void> = async () => undefined): Promise<Listed[]> {
  const pages = [await list(query)];
  for (let next = pages[0]?.next; next !== undefined; next = pages.at(-1)?.next) {
    await between();
    pages.push(await list(`${query}&cursor=${next}`));
  }
  return pages;
}

describe('GET /v1/jobs', () => {
  test.each(statuses)('JOB-26 of status %s, newest first', async (status) => {
    const { items, total } = await list(`status=${status}&limit=200&total=true`);
    expect(ids(items)).toEqual(newestFirst((job) => job.status === status));
    expect(total).toBe(items.length);
  });

  test('JOB-26 of a name; of a name and a status', async () => {
    const named = await list('name=Nightly&limit=200');
    expect(ids(named.items)).toEqual(newestFirst(({ name }) => name === 'Nightly'));
    const both = await list('name=Nightly&status=failed&limit=200');
    expect(ids(both.items)).toEqual(newestFirst(({ name, status }) => name === 'Nightly' && status === 'failed'));
    expect(both.items.length).toBeGreaterThan(0);
    expect((await list('name=nobody&total=true')).total).toBe(0);
  });

  test('JOB-26 created from an instant on and before another, in any zone', async () => {
    const [from, to] = ['2026-01-02T03:12:00.000Z', '2026-01-02T03:20:00.000Z'];
    const inTime = newestFirst(({ createdAt }) => createdAt >= from && createdAt < to);
    expect(inTime).toHaveLength(24);
    const { items, total } = await list(`createdFrom=${from}&createdTo=${to}&limit=200&total=true`);
    expect([ids(items), total]).toEqual([inTime, 24]);
    const zoned = await list('createdFrom=2026-01-02T04:12:00%2B01:00&createdTo=2026-01-01T22:20:00-05:00&limit=200');
    expect(ids(zoned.items)).toEqual(inTime);
    const pages = await walk(`createdFrom=${from}&createdTo=${to}&limit=7`);
    expect(pages.flatMap((page) => ids(page.items))).toEqual(inTime);
    const running = await list(`status=running&createdFrom=${from}&createdTo=${to}`);
    expect(ids(running.items)).toEqual(
      newestFirst(({ createdAt, status }) => createdAt >= from && createdAt < to && status === 'running'),
    );
  });

  test('JOB-26 of one tenant only: that of the token', async () => {
    const umbrella = { authorization: 'Bearer umbrella' };
    const { items, total } = await list('total=true', umbrella);
    expect([ids(items).sort(), total]).toEqual([['j-00', 'j-01', 'j-02'], 3]);
    expect(new Set(items.map(({ tenantId }) => tenantId))).toEqual(new Set(['umbrella']));
    expect(await list('total=true', { authorization: 'Bearer nobody' })).toEqual({ items: [], total: 0 });
  });

  test('JOB-26 an item tells what the view tells', async () => {
    const { items } = await list('limit=1&status=failed');
    expect(items[0]).toEqual((await readSide.get(`/v1/jobs/${items[0]?.jobId}`)).body);
  });

  test('JOB-26 T-63 pages of 20: 20 + 20 + 15, none twice, the total right, while jobs are being inserted', async () => {
    let inserted = 0;
    const insert = async () => {
      inserted += 1;
      const createdAt = `2026-06-01T00:00:0${inserted}.000Z`;
      await readSide.storeAndProject({ jobId: `j-new-${inserted}`, createdAt }, 'created');
    };
    const pages = await walk('limit=20&total=true', insert);
    expect(pages.map(({ items }) => items.length)).toEqual([20, 20, 15]);
    expect(pages.flatMap(({ items }) => ids(items))).toEqual(newestFirst(() => true));
    expect(pages.map(({ total }) => total)).toEqual([COUNT, COUNT, COUNT]);
    expect((await list('limit=20&total=true')).total).toBe(COUNT + inserted);
    await clear();
  });

  test('JOB-26 a total is shown where it is asked for, also later in a walk', async () => {
    const first = await list('limit=20');
    expect(first).not.toHaveProperty('total');
    expect((await list(`limit=20&total=true&cursor=${first.next}`)).total).toBe(COUNT);
    const until = 'limit=20&createdTo=2026-01-02T03:20:00Z';
    expect((await list(`${until}&total=true&cursor=${(await list(until)).next}`)).total).toBe(30);
    const counted = await list('limit=20&total=true');
    expect(await list(`limit=20&cursor=${counted.next}`)).not.toHaveProperty('total');
  });

  test.each([
    'status=done',
    'name=',
    'createdFrom=yesterday',
    'createdTo=2026-04-31T00:00:00Z',
    'total=maybe',
    'image=x',
  ])('JOB-26 T-70 ?%s is 400', async (query) => {
    expect(await readSide.get(`/v1/jobs?${query}`)).toMatchObject({
      status: 400,
      body: { code: 'VALIDATION_FAILED', errors: [{ parameter: query.split('=')[0] }] },
    });
  });

  test('JOB-26 T-70 a cursor with a total that was made up is 400', async () => {
    const { next = '' } = await list('limit=20');
    const parts = JSON.parse(Buffer.from(next, 'base64url').toString()) as unknown[];
    for (const more of [['many'], [1.5], [1, 2]]) {
      const forged = Buffer.from(JSON.stringify([...parts, ...more])).toString('base64url');
      expect((await readSide.get(`/v1/jobs?limit=20&cursor=${forged}`)).status).toBe(400);
    }
  });

  test('JOB-30 an equal page comes from the cache until the projection moves', async () => {
    const hits = () => readSide.metric('millrace_cache_hits_total{query="ListJobs"}');
    const before = await hits();
    await list('limit=3&total=true');
    await list('limit=3&total=true');
    expect(await hits()).toBe(before + 1);
    await readSide.projectJob({ jobId: 'j-00' });
    await list('limit=3&total=true');
    expect(await hits()).toBe(before + 1);
  });
});

async function clear(): Promise<void> {
  await readSide.sql(`delete from read_model.job_read_model where job_id like 'j-new-%'`);
}
