import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { applyBatch, projectionEffect } from '@millrace/consumer';
import { readingOf } from '@millrace/consumer/testing';
import { storedEvents } from '@millrace/contracts/topology';
import { foldEvent } from '@millrace/core';
import { type Database, openDatabase } from '@millrace/postgres';
import { createTestDatabase, type TestDatabase } from '@millrace/testing';

import { eventId, hiringProcess, others } from './event-log.fixture.ts';
import { eventLog } from './event-log.ts';
import { activityOf, type EventSearch, searchEvents } from './queries/index.ts';

let created: TestDatabase;
let owner: Database;
let projector: Database;
let reader: Database;
beforeAll(async () => {
  created = await createTestDatabase();
  owner = openDatabase({ url: created.url });
  projector = openDatabase({ url: created.roleUrls.projector });
  reader = openDatabase({ url: created.roleUrls.query });
});
afterAll(async () => {
  await Promise.all([owner, projector, reader].map((database) => database.close()));
  await created.drop();
});

/** As the topics carry them, one partition each: the cause may well come after its effect. */
const byTopic = Map.groupBy([...others, ...hiringProcess], ({ type }) => storedEvents.definition(type).topic);
const events = [...byTopic.values()].flat();

async function project(): Promise<void> {
  const parts = { database: projector, catalogue: storedEvents, effect: projectionEffect(eventLog) };
  for (const [topic, carried] of byTopic) {
    const readings = carried.map(readingOf);
    const at = { group: eventLog.name, topic, partition: 0 };
    const first = await applyBatch(parts, { at, from: undefined, nextOffset: 10, readings });
    const again = await applyBatch(parts, { at, from: 10, nextOffset: 20, readings });
    expect([first.applied, again.applied, again.repeated]).toEqual([carried.length, 0, carried.length]);
  }
}

const search = (asked: Partial<EventSearch>) => searchEvents(reader, { tenantId: 'acme', limit: 50, ...asked });
const idsOf = async (asked: Partial<EventSearch>) => (await search(asked)).map(({ event_id }) => event_id);

describe('event_log on Postgres', () => {
  beforeAll(project);

  test('SHR-42 the table equals a plain fold of the events, each batch applied twice', async () => {
    const { rows } = await owner.query('select * from read_model.event_log order by tenant_id, event_id');
    const folded = events.map((event) => foldEvent(eventLog, undefined, event));
    const key = (row: unknown) => JSON.stringify([(row as EventRow).tenant_id, (row as EventRow).event_id]);
    expect(rows).toEqual(folded.sort((a, b) => (key(a) < key(b) ? -1 : 1)));
  });

  test('JOB-32 SHR-42 a correlation id returns the process over all its aggregates, in order, with who, when and cause', async () => {
    const found = await search({ correlationId: 'hiring-1' });
    expect(
      found.map((row) => [row.event_type, row.aggregate_id, row.user_id, row.occurred_at, row.causation_id]),
    ).toEqual([
      ['HiringStarted', 'h-1', 'alice', '2026-01-02T03:04:01.000Z', 'command'],
      ['EmploymentCreated', 'e-1', 'alice', '2026-01-02T03:04:03.000Z', eventId(1)],
      ['HiringCompleted', 'h-1', 'alice', '2026-01-02T03:04:03.000Z', eventId(3)],
    ]);
  });

  test('ACC-41 another tenant has its own process under the same id', async () => {
    const found = await searchEvents(reader, { tenantId: 'globex', correlationId: 'hiring-1', limit: 50 });
    expect(found.map(({ tenant_id, event_id }) => [tenant_id, event_id])).toEqual([['globex', eventId(7)]]);
  });

  const searches: readonly [string, Partial<EventSearch>, number[]][] = [
    ['all, newest first', {}, [6, 5, 4, 3, 2, 1]],
    ['of a type', { type: 'OrderConfirmed' }, [6]],
    ['of an aggregate type', { aggregateType: 'order' }, [6, 5]],
    ['of an aggregate', { aggregateId: 'h-1' }, [4, 1]],
    ['of another type with the same id', { aggregateType: 'person', aggregateId: 'h-1' }, []],
    ['of a time', { from: '2026-01-02T03:04:02Z', to: '2026-01-02T03:04:04Z' }, [4, 3, 2]],
    ['of a time and process', { correlationId: 'hiring-1', from: '2026-01-02T03:04:02Z' }, [3, 4]],
    ['with a member', { contains: '{"personId":"p-1"}' }, [3, 2]],
    ['with a member inside', { contains: '{"terms":{"salary":{"currency":"EUR"},"skills":["sql"]}}' }, [3]],
    ['with no such member', { contains: '{"terms":{"salary":{"currency":"USD"}}}' }, []],
  ];
  test.each(searches)('TOX-46 SHR-42 %s', async (_name, asked, numbers) => {
    expect(await idsOf(asked)).toEqual(numbers.map(eventId));
  });

  test.each([{}, { correlationId: 'hiring-1' }])('SHR-42 pages of %j neither skip nor repeat', async (asked) => {
    const whole = await search(asked);
    const paged: string[] = [];
    for (let last = (await search({ ...asked, limit: 1 })).at(-1); last;) {
      paged.push(last.event_id);
      const after = { createdAt: last.created_at, id: last.event_id };
      last = (await search({ ...asked, limit: 1, after })).at(-1);
    }
    expect(paged).toEqual(whole.map(({ event_id }) => event_id));
  });
});

type EventRow = { readonly tenant_id: string; readonly event_id: string };

describe('on a large table', () => {
  beforeAll(async () => {
    await owner.query(`insert into read_model.event_log
      select 'tenant-' || n % 3, uuidv7(), (array['order', 'job', 'person'])[1 + n % 3], 'aggregate-' || n / 10, n % 10 + 1,
             (array['OrderCreated', 'OrderShipped', 'JobStarted', 'PersonCreated'])[1 + n % 4], 1, 'correlation-' || n / 10, 'cause',
             'alice', timestamptz '2026-01-01' + n * interval '1 second', jsonb_build_object('orderId', 'o-' || n, 'currency', 'EUR')
        from generate_series(1, 60000) n`);
    await owner.query('vacuum analyze read_model.event_log');
  });

  /** The plan of the very statement that a search sends, for its own values: it is planned for them each time. */
  async function planOf(asked: Partial<EventSearch>): Promise<string> {
    let plan = '';
    const explain = async (text: string, values: unknown[]) => {
      plan = JSON.stringify((await owner.query(`explain ${text}`, values)).rows);
      return { rows: [] };
    };
    await searchEvents({ query: explain as never }, { tenantId: 'tenant-1', limit: 50, ...asked });
    return plan;
  }

  const after = { createdAt: '2026-01-01T06:00:00Z', id: eventId(1) };
  test.each<[string, Partial<EventSearch>]>([
    ['event_log_correlation', { correlationId: 'correlation-777' }],
    ['event_log_event_type', { type: 'OrderShipped' }],
    ['event_log_event_type', { type: 'OrderShipped', from: '2026-01-01T03:00:00Z', to: '2026-01-01T04:00:00Z' }],
    ['event_log_aggregate_type', { aggregateType: 'job' }],
    ['event_log_aggregate', { aggregateType: 'order', aggregateId: 'aggregate-777' }],
    ['event_log_newest', {}],
    ['event_log_newest', { from: '2026-01-01T03:00:00Z', to: '2026-01-01T04:00:00Z' }],
    ['event_log_payload', { contains: '{"orderId":"o-4711"}' }],
    ['event_log_payload', { contains: '{"orderId":"o-4711"}', type: 'OrderShipped' }],
    // Half of the table holds it, so the newest are read by their time and few are thrown away.
    ['event_log_newest', { contains: '{"currency":"EUR"}' }],
    ['event_log_newest', { after }],
    ['event_log_event_type', { type: 'OrderShipped', after }],
  ])('SHR-7 TOX-46 is read by %s: %j', async (index, asked) => {
    const plan = await planOf(asked);
    expect(plan).toMatch(new RegExp(`\\b${index}\\b`));
    expect(plan).not.toContain('Seq Scan');
  });

  test('SHR-7 a page of a type is a range of its index: nothing is sorted', async () => {
    for (const asked of [{}, { type: 'OrderShipped' }, { aggregateType: 'job' }, { type: 'OrderShipped', after }]) {
      expect(await planOf(asked)).not.toContain('Sort');
    }
  });
});

describe('activity', () => {
  test('ACC-34 counts what the log held at its last refresh, for each tenant its own', async () => {
    await owner.query('refresh materialized view concurrently read_model.activity');
    const days = 10_000;
    const { items, ageSeconds, asOf } = await activityOf(reader, { tenantId: 'globex', days });
    expect(items).toEqual([{ day: '2026-01-02', type: 'HiringStarted', count: 1 }]);
    expect(Date.parse(asOf)).toBeLessThanOrEqual(Date.now());
    expect(ageSeconds).toBeGreaterThan(0);
    const acme = await activityOf(reader, { tenantId: 'acme', days });
    expect(acme.items).toHaveLength(6);
    expect((await activityOf(reader, { tenantId: 'acme', days: 1 })).items).toEqual([]);
  });
});
