import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@millrace/testing';

import { PeopleReadSide } from '../persons/people-read-side.fixture.ts';

let created: TestDatabase;
let readSide: PeopleReadSide;

beforeAll(async () => {
  created = await createTestDatabase();
  readSide = new PeopleReadSide(created);
  const reason = 'changed our mind';
  await readSide.hiring('h-1');
  await readSide.hiring('h-2', { type: 'HiringCompleted', data: { hiringId: 'h-2', employmentId: 'e-2' } });
  await readSide.hiring('h-3', { type: 'HiringFailed', data: { hiringId: 'h-3', reason } });
  await readSide.hiring('h-4', { type: 'HiringCancelled', data: { hiringId: 'h-4', reason } });
});
afterAll(async () => {
  await readSide.close();
  await created.drop();
});

const [startedAt, endedAt] = ['2026-01-02T03:04:05.000Z', '2026-01-02T03:04:06.000Z'];
const started = { personId: 'p-1', organizationId: 'org-1', status: 'started', createdAt: startedAt };
const ended = { ...started, endedAt, updatedAt: endedAt, version: 2 };

test('CIM-43 T-51 a hiring tells how far it is and how it ended', async () => {
  const bodies = [];
  for (const id of ['h-1', 'h-2', 'h-3', 'h-4']) bodies.push((await readSide.get(`/v1/hirings/${id}`)).body);
  expect(bodies).toEqual([
    { ...started, hiringId: 'h-1', updatedAt: startedAt, version: 1 },
    { ...ended, hiringId: 'h-2', status: 'completed', employmentId: 'e-2' },
    { ...ended, hiringId: 'h-3', status: 'failed', reason: 'changed our mind' },
    { ...ended, hiringId: 'h-4', status: 'cancelled', reason: 'changed our mind' },
  ]);
});

test('T-51 those that are still under way are listed by their status', async () => {
  const idsOf = async (query: string) => {
    const { items } = (await readSide.get(`/v1/hirings${query}`)).body as { items: { hiringId: string }[] };
    return items.map(({ hiringId }) => hiringId);
  };
  expect(await idsOf('?status=started')).toEqual(['h-1']);
  expect(await idsOf('?status=failed')).toEqual(['h-3']);
  expect(await idsOf('')).toEqual(['h-4', 'h-3', 'h-2', 'h-1']);
  expect(await readSide.get('/v1/hirings?status=stuck')).toMatchObject({
    status: 400,
    body: { errors: [{ parameter: 'status' }] },
  });
});

test('CIM-13 T-53 an unknown hiring, and one of another tenant, is 404', async () => {
  expect(await readSide.get('/v1/hirings/h-0')).toMatchObject({ status: 404, body: { code: 'HIRING_NOT_FOUND' } });
  expect((await readSide.get('/v1/hirings/h-1', { authorization: 'Bearer umbrella' })).status).toBe(404);
});

test('CIM-9 an employment has a history and nothing else: where somebody works is told by the person', async () => {
  await readSide.person({ personId: 'p-1', organizationId: 'org-1' });
  expect((await readSide.get('/v1/employments/employment-of-p-1/history')).body).toMatchObject({
    items: [{ type: 'EmploymentCreated', version: 1, data: { personId: 'p-1', organizationId: 'org-1' } }],
  });
  expect((await readSide.get('/v1/employments/employment-of-p-1')).status).toBe(404);
  expect(await readSide.get('/v1/employments/e-0/history')).toMatchObject({
    status: 404,
    body: { code: 'EMPLOYMENT_NOT_FOUND' },
  });
});
