import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@millrace/testing';

import { PeopleReadSide } from '../persons/people-read-side.fixture.ts';

let created: TestDatabase;
let readSide: PeopleReadSide;

beforeAll(async () => {
  created = await createTestDatabase();
  readSide = new PeopleReadSide(created);
  await readSide.organization('org-1', 'Acme', 'Apex');
  await readSide.organization('org-2', 'Atlas');
});
afterAll(async () => {
  await readSide.close();
  await created.drop();
});

const apex = {
  organizationId: 'org-1',
  name: 'Apex',
  createdAt: '2026-01-02T03:04:05.000Z',
  updatedAt: '2026-01-02T03:04:06.000Z',
  version: 2,
};

test('T-55 CIM-15 an organization by its newest name, with the version it reflects', async () => {
  expect(await readSide.get('/v1/organizations/org-1')).toMatchObject({
    status: 200,
    headers: { etag: '"2"' },
    body: apex,
  });
  expect((await readSide.get('/v1/organizations/org-1?version=1')).body).toMatchObject({ name: 'Acme', version: 1 });
  expect((await readSide.get('/v1/organizations/org-1', { 'if-none-match': '"2"' })).status).toBe(304);
});

test('CIM-13 T-53 an unknown one, and one of another tenant, is 404', async () => {
  for (const [id, token] of [
    ['org-0', 'acme'],
    ['org-1', 'umbrella'],
  ]) {
    const answer = await readSide.get(`/v1/organizations/${id}`, { authorization: `Bearer ${token}` });
    expect(answer).toMatchObject({ status: 404, body: { code: 'ORGANIZATION_NOT_FOUND' } });
  }
});

test('T-55 the list of them, and the history of one with both names', async () => {
  expect((await readSide.get('/v1/organizations')).body).toMatchObject({ items: [{ name: 'Atlas' }, apex] });
  expect((await readSide.get('/v1/organizations/org-1/history')).body).toMatchObject({
    items: [
      { type: 'OrganizationCreated', data: { name: 'Acme' } },
      { type: 'OrganizationRenamed', data: { oldName: 'Acme', newName: 'Apex' } },
    ],
  });
});
