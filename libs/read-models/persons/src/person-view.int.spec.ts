import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { applyBatch, type BatchResult, projectionEffect, type Reading } from '@millrace/consumer';
import { EMPLOYMENTS_TOPIC } from '@millrace/contracts/employments';
import { PERSONS_TOPIC } from '@millrace/contracts/persons';
import type { RecordedEvent } from '@millrace/core';
import { type Database, openDatabase } from '@millrace/postgres';
import { findRow } from '@millrace/queries';
import { createTestDatabase, type TestDatabase } from '@millrace/testing';

import { personView } from './index.ts';
import { catalogue, employmentHistory, hour, personHistory } from './person-events.fixture.ts';
import { listPersons, type PersonFilter } from './queries/index.ts';

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

/** Positions of the partitions that the group has read from. */
const positions = new Map<string, number>();

/** The group takes the events as one batch of a partition, in the order given. */
async function deliver(topic: string, partition: number, ...events: RecordedEvent[]): Promise<BatchResult> {
  const at = { group: personView.name, topic, partition };
  const from = positions.get(`${topic} ${partition}`);
  const start = from ?? 0;
  const nextOffset = start + events.length;
  const parts = { database: projector, catalogue, effect: projectionEffect(personView) };
  const readings = events.map((event, index) => readingOf(event, start + index));
  const result = await applyBatch(parts, { at, from, nextOffset, readings });
  positions.set(`${topic} ${partition}`, nextOffset);
  return result;
}

function readingOf(event: RecordedEvent, offset: number): Reading {
  const { data: _data, metadata: _metadata, ...envelope } = event;
  const record = { offset, key: event.aggregateId, value: null, headers: {}, timestampMs: 0 };
  return { kind: catalogue.has(event.type) ? 'event' : 'unknown', event, envelope, record };
}

async function store(events: readonly RecordedEvent[]): Promise<void> {
  for (const { tenantId, aggregateType, aggregateId, sequenceNumber, ...event } of events) {
    const { eventId, type, eventVersion, data, correlationId, traceparent, occurredAt } = event;
    await owner.query(
      `insert into event_store.events (tenant_id, aggregate_type, aggregate_id, sequence_number, event_id, event_type,
         event_version, payload, correlation_id, traceparent, occurred_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
      [
        ...[tenantId, aggregateType, aggregateId, sequenceNumber, eventId],
        ...[type, eventVersion, JSON.stringify(data), correlationId, traceparent, occurredAt],
      ],
    );
  }
}

const rowOf = async (id: string) => (await findRow(owner, personView, { tenantId: 'acme', id }))?.row;
const job = (personId: string, employmentId: string, [since, until]: [string, string?]) =>
  employmentHistory({ employmentId, personId, organizationId: `org of ${employmentId}`, since, until });

describe('person_view on Postgres', () => {
  test('CIM-14 CIM-28 exactly the view and technical columns; the time is that of the event', async () => {
    await deliver(PERSONS_TOPIC, 0, ...personHistory('p-columns', ['created']));
    const { rows } = await owner.query<Record<string, unknown>>(
      `select * from read_model.person_view where person_id = 'p-columns'`,
    );
    const { tenant_id, employments, created_at, version, ...view } = rows[0] ?? {};
    expect(view).toEqual({
      person_id: 'p-columns',
      display_name: 'Ada Byron',
      email: null,
      organization_id: null,
      last_updated: hour(0),
    });
    expect({ tenant_id, employments, created_at, version }).toEqual({
      tenant_id: 'acme',
      employments: [],
      created_at: hour(0),
      version: 1,
    });
  });

  test('CIM-30 T-42 PersonEmailChanged before PersonCreated: the row has name and email', async () => {
    const [first, second] = personHistory('p-order', ['created', 'mailed']);
    await store([first!, second!]);
    expect(await deliver(PERSONS_TOPIC, 0, second!)).toMatchObject({ applied: 1, repaired: 1, parked: [] });
    expect(await deliver(PERSONS_TOPIC, 0, first!)).toMatchObject({ repeated: 1 });
    expect(await rowOf('p-order')).toMatchObject({ display_name: 'Ada Byron', email: 'ada@example.org', version: 2 });
  });

  test('CIM-30 T-42 and where nothing can bring PersonCreated, the change waits in the dead letters', async () => {
    const [, second] = personHistory('p-lost', ['created', 'mailed']);
    expect((await deliver(PERSONS_TOPIC, 0, second!)).parked).toMatchObject([{ error: { code: 'EVENT_GAP' } }]);
    const { rows } = await owner.query(
      `select event_type, sequence_number from consumer.parked_events where aggregate_id = 'p-lost'`,
    );
    expect(rows).toEqual([{ event_type: 'PersonEmailChanged', sequence_number: 2 }]);
  });

  test('CIM-29 an email that comes again does not revert a newer one', async () => {
    const events = personHistory('p-stale', ['created', 'mailed', 'remailed']);
    await deliver(PERSONS_TOPIC, 0, ...events);
    expect(await deliver(PERSONS_TOPIC, 0, events[1]!)).toMatchObject({ applied: 0, repeated: 1 });
    expect(await rowOf('p-stale')).toMatchObject({ email: 'lovelace@example.org', last_updated: hour(2), version: 3 });
  });

  test('CIM-27 an unknown type is counted and passed over, the next event is applied', async () => {
    const [first, unknown, third] = personHistory('p-future', ['created', 'renamed', 'mailed']);
    const knighted = { ...unknown!, type: 'PersonKnighted', data: undefined };
    expect(await deliver(PERSONS_TOPIC, 0, first!, knighted as never, third!)).toMatchObject({
      applied: 2,
      unknown: 1,
      parked: [],
    });
    expect(await rowOf('p-future')).toMatchObject({ display_name: 'Ada Byron', email: 'ada@example.org', version: 3 });
  });

  test('CIM-31 T-50 employments of several partitions before, between and after their person', async () => {
    const person = personHistory('p-busy', ['created', 'mailed']);
    const short = job('p-busy', 'e-short', [hour(5), hour(8)]);
    const long = job('p-busy', 'e-long', ['2026-01-02T05:00:00.000250Z']);
    await deliver(EMPLOYMENTS_TOPIC, 3, ...long);
    expect(await rowOf('p-busy')).toMatchObject({ display_name: null, organization_id: 'org of e-long', version: 0 });
    await deliver(PERSONS_TOPIC, 0, ...person);
    await deliver(EMPLOYMENTS_TOPIC, 4, short[0]!);
    const between = await rowOf('p-busy');
    expect(between).toMatchObject({ organization_id: 'org of e-long', version: 2, created_at: hour(0) });
    expect(between).toMatchObject({ last_updated: '2026-01-02T05:00:00.000250Z' });
    await deliver(EMPLOYMENTS_TOPIC, 4, short[1]!);
    expect(await rowOf('p-busy')).toMatchObject({
      display_name: 'Ada Byron',
      email: 'ada@example.org',
      organization_id: 'org of e-long',
      employments: [{ employmentId: 'e-long' }],
      last_updated: hour(8),
    });
  });
});

describe('lists of persons', () => {
  const page = { tenantId: 'acme', limit: 50 };

  test('CIM-16 CIM-17 by email, by organization, and never one who is only known from an employment', async () => {
    for (const id of ['p-x', 'p-y']) {
      await deliver(PERSONS_TOPIC, 0, ...personHistory(id, ['created', 'mailed', 'renamed']));
      await owner.query(`update read_model.person_view set email = 'shared@example.org' where person_id = $1`, [id]);
    }
    await deliver(EMPLOYMENTS_TOPIC, 0, ...job('p-x', 'e-x', [hour(6)]), ...job('p-hidden', 'e-x-2', [hour(6)]));
    await owner.query(`update read_model.person_view set organization_id = 'org of e-x' where person_id = 'p-hidden'`);
    const ids = async (filter: PersonFilter) =>
      (await listPersons(owner, { ...page, ...filter })).map(({ person_id }) => person_id);
    expect(await ids({ email: 'shared@example.org' })).toEqual(['p-y', 'p-x']);
    expect(await ids({ organizationId: 'org of e-x' })).toEqual(['p-x']);
    expect(await ids({ email: 'shared@example.org', organizationId: 'org of e-x' })).toEqual(['p-x']);
    expect(await ids({})).not.toContain('p-hidden');
  });

  type Plan = { 'QUERY PLAN': string };

  /** Plans of the statements that `read` sends: one for its values, one for any. */
  async function plansOf(read: (database: { query: never }) => Promise<unknown>): Promise<string[]> {
    const plans: string[] = [];
    const explain = async ({ text, values }: { text: string; values: unknown[] }) => {
      const custom = await owner.query<Plan>(`explain ${text}`, values);
      const generic = await owner.query<Plan>(`explain (generic_plan) ${text}`);
      plans.push(...[custom, generic].map(({ rows }) => rows.map((row) => row['QUERY PLAN']).join('\n')));
      return { rows: [] };
    };
    await read({ query: explain as never });
    return plans;
  }

  const reads: [string, string, (database: { query: never }) => Promise<unknown>][] = [
    ['by id', 'person_view_pkey', (database) => findRow(database, personView, { tenantId: 'acme', id: 'p-1' })],
    ['by email', 'person_view_by_email', (database) => listPersons(database, { ...page, email: 'mail-7' })],
    [
      'by organization',
      'person_view_by_organization',
      (database) => listPersons(database, { ...page, organizationId: 'org-7' }),
    ],
  ];

  const expectLookUp = (plan: string, index: string) => {
    expect(plan).toContain(index);
    expect(plan).not.toMatch(/Seq Scan|Join|Nested Loop/);
    expect(new Set([...plan.matchAll(/ on (\w+)/g)].map(([, name]) => name?.split('_')[0]))).toEqual(
      new Set(['person']),
    );
  };

  test.each(reads)(
    'CIM-52 CIM-16 CIM-17 %s: a look-up in %s, on a table without statistics',
    async (_name, index, read) => {
      for (const plan of await plansOf(read)) expectLookUp(plan, index);
    },
  );

  test('CIM-52 CIM-16 CIM-17 and on one of 20,000 with them', async () => {
    await owner.query(`insert into read_model.person_view select 'acme', 'bulk-' || n, 'Name', 'mail-' || n % 5000, 'org-' || n % 100,
      now(), '[]', now() - n * interval '1 s', 1 from generate_series(1, 20000) n`);
    await owner.query('vacuum analyze read_model.person_view');
    for (const [, index, read] of reads) for (const plan of await plansOf(read)) expectLookUp(plan, index);
  });
});
