import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@millrace/testing';

import { ReadSideFixture } from '../read-side.fixture.ts';

let created: TestDatabase;
let readSide: ReadSideFixture;

const eventId = (number: number) => `01890000-0000-7000-8000-${String(number).padStart(12, '0')}`;

/** A row of the log; the second is also the number of its id. */
type Logged = { second: number; tenant?: string; type: string; of: [type: string, id: string]; correlation?: string };

async function log({ second, tenant = 'acme', type, of, correlation = 'other' }: Logged): Promise<void> {
  const [aggregateType, aggregateId] = of;
  await readSide.sql(
    `insert into read_model.event_log values ($1, $2, $3, $4, 1, $5, 1, $6, 'cause', 'alice', $7, $8)`,
    [
      ...[tenant, eventId(second), aggregateType, aggregateId, type, correlation],
      ...[new Date(Date.UTC(2026, 0, 2, 0, 0, second)).toISOString(), JSON.stringify({ id: aggregateId, second })],
    ],
  );
}

beforeAll(async () => {
  created = await createTestDatabase();
  readSide = new ReadSideFixture(created);
  await log({ second: 1, type: 'HiringStarted', of: ['hiring', 'h-1'], correlation: 'process 1' });
  await log({ second: 2, type: 'OrderCreated', of: ['order', 'o-1'] });
  await log({ second: 3, type: 'EmploymentCreated', of: ['employment', 'e-1'], correlation: 'process 1' });
  await log({ second: 4, type: 'HiringCompleted', of: ['hiring', 'h-1'], correlation: 'process 1' });
  await log({ second: 5, tenant: 'umbrella', type: 'OrderCreated', of: ['order', 'o-1'], correlation: 'process 1' });
});
afterAll(async () => {
  await readSide.close();
  await created.drop();
});

type Event = { eventId: string; aggregateId: string; type: string };

async function search(query: string, headers: Record<string, string> = {}): Promise<{ items: Event[]; next?: string }> {
  const { status, body } = await readSide.get(`/v1/events${query}`, headers);
  expect([query, status]).toEqual([query, 200]);
  return body as never;
}

const seconds = ({ items }: { items: readonly Event[] }) => items.map(({ eventId: id }) => Number(id.slice(-12)));
const as = (token: string) => ({ authorization: `Bearer ${token}` });

describe('GET /v1/events', () => {
  test('JOB-32 SHR-42 a correlation id shows the process over its aggregates, in order, with who, when and cause', async () => {
    const { items } = await search('?correlationId=process%201');
    expect(seconds({ items })).toEqual([1, 3, 4]);
    expect(items[1]).toEqual({
      eventId: eventId(3),
      type: 'EmploymentCreated',
      aggregateType: 'employment',
      aggregateId: 'e-1',
      version: 1,
      schemaVersion: 1,
      occurredAt: '2026-01-02T00:00:03.000Z',
      userId: 'alice',
      correlationId: 'process 1',
      causationId: 'cause',
      data: { id: 'e-1', second: 3 },
    });
  });

  const encoded = encodeURIComponent;
  test.each<[string, number[]]>([
    ['', [4, 3, 2, 1]],
    ['?type=HiringStarted', [1]],
    ['?aggregateType=hiring', [4, 1]],
    ['?aggregateType=order&aggregateId=o-1', [2]],
    ['?aggregateId=h-1', [4, 1]],
    ['?from=2026-01-02T00:00:02Z&to=2026-01-02T00:00:04Z', [3, 2]],
    [`?from=${encoded('2026-01-02T01:00:04+01:00')}`, [4]],
    [`?contains=${encoded('{"id":"h-1"}')}`, [4, 1]],
    [`?contains=${encoded('{"id":"h-1","second":4}')}`, [4]],
    [`?contains=${encoded('{"id":"umbrella"}')}`, []],
  ])('TOX-46 SHR-42 %s', async (query, found) => {
    expect(seconds(await search(query))).toEqual(found);
  });

  test.each(['?limit=1', '?limit=1&correlationId=process%201', '?limit=2&contains=%7B%7D'])(
    'SHR-42 pages of %s go through everything once',
    async (query) => {
      const whole = seconds(await search(query.replace(/limit=\d/, 'limit=50')));
      const paged: number[] = [];
      for (let next: string | undefined = ''; next !== undefined;) {
        const page: { items: Event[]; next?: string } = await search(`${query}${next && `&cursor=${next}`}`);
        paged.push(...seconds(page));
        next = page.next;
      }
      expect(paged).toEqual(whole);
    },
  );

  test.each([
    ['?contains=nonsense', 'contains'],
    ['?contains=[1]', 'contains'],
    ['?contains="text"', 'contains'],
    [`?contains=${encoded('{"a":"\\u0000"}')}`, 'contains'],
    [`?contains=${encoded('{"\\ud800":1}')}`, 'contains'],
    [`?contains=${encoded('{"a":1e999}')}`, 'contains'],
    ['?from=', 'from'],
    ['?from=yesterday', 'from'],
    ['?to=2026-02-30T00:00:00Z', 'to'],
    ['?type=OrderLost', 'type'],
    ['?aggregateType=orders', 'aggregateType'],
    ['?aggregateId=%00', 'aggregateId'],
    ['?correlationId=%00', 'correlationId'],
    ['?cursor=nonsense', 'cursor'],
    ['?limit=201', 'limit'],
    ['?tenant=umbrella', 'tenant'],
  ])('SHR-42 %s is 400 and says where', async (query, parameter) => {
    const { status, body } = await readSide.get(`/v1/events${query}`);
    expect([status, body.code]).toEqual([400, 'VALIDATION_FAILED']);
    expect(JSON.stringify(body.errors)).toContain(`"${parameter}"`);
  });

  test('SHR-42 a cursor that somebody made is 400, not a fault of the database', async () => {
    const { next = '' } = await search('?limit=1');
    const [scope, time] = JSON.parse(Buffer.from(next, 'base64url').toString()) as string[];
    const forged = Buffer.from(JSON.stringify([scope, time, 'no uuid'])).toString('base64url');
    expect((await readSide.get(`/v1/events?limit=1&cursor=${forged}`)).status).toBe(400);
  });

  test('ACC-41 two tenants never see each other, by no filter and no cursor', async () => {
    expect(seconds(await search('?correlationId=process%201', as('umbrella')))).toEqual([5]);
    expect(seconds(await search('', as('initech')))).toEqual([]);
    const { next = '' } = await search('?limit=1');
    expect((await readSide.get(`/v1/events?limit=1&cursor=${next}`, as('umbrella'))).status).toBe(400);
  });

  test.each([
    ['acme.auditor', 200],
    ['acme.reader', 200],
    ['acme.admin', 200],
    ['acme.orders.reader', 403],
    ['acme.process', 403],
  ])('ACC-41 SHR-42 %s gets %d for events and activity', async (token, status) => {
    expect((await readSide.get('/v1/events', as(token))).status).toBe(status);
    expect((await readSide.get('/v1/activity', as(token))).status).toBe(status);
  });
});

describe('GET /v1/activity', () => {
  const activity = (query = '?days=366', token = 'acme') => readSide.get(`/v1/activity${query}`, as(token));

  test('ACC-34 answers the counts of the last refresh with their age, for the tenant of the token', async () => {
    await readSide.sql(`update read_model.event_log set occurred_at = now()`);
    const before = (await activity()).body;
    expect(before).toMatchObject({ items: [], asOf: expect.any(String), ageSeconds: expect.any(Number) });
    await readSide.sql('refresh materialized view concurrently read_model.activity');
    const { items } = (await activity()).body as { items: { type: string; count: number }[] };
    expect(items.map(({ type, count }) => [type, count])).toEqual([
      ['EmploymentCreated', 1],
      ['HiringCompleted', 1],
      ['HiringStarted', 1],
      ['OrderCreated', 1],
    ]);
    expect((await activity('', 'umbrella')).body.items).toHaveLength(1);
    expect((await activity('', 'initech')).body.items).toEqual([]);
  });

  test('ACC-34 its age grows while nobody refreshes it', async () => {
    const age = async () => Number((await activity()).body['ageSeconds']);
    const gauge = () => readSide.metric('millrace_materialized_view_age_seconds{view="activity"}');
    const first = await age();
    const second = await gauge();
    expect(second).toBeGreaterThan(first);
    expect(await age()).toBeGreaterThan(second);
    expect((await activity('?days=0')).status).toBe(400);
  });
});
