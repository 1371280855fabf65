import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Database, openDatabase } from '@millrace/postgres';
import { createTestDatabase, type TestDatabase } from '@millrace/testing';

import { appendTo, counterEvents, COUNTERS_TOPIC, encodeJson, newStream } from './event-store.fixture.ts';
import { PostgresEventStore } from './postgres-event-store.ts';

let created: TestDatabase;
let owner: Database;
/** Text of each statement that the store has run. */
const statements: string[] = [];
let store: PostgresEventStore;
beforeAll(async () => {
  created = await createTestDatabase([COUNTERS_TOPIC]);
  owner = openDatabase({ url: created.url });
  const recording: Database = {
    ...owner,
    query: (statement, values) => {
      statements.push(typeof statement === 'string' ? statement : statement.text);
      return owner.query(statement, values);
    },
  };
  store = new PostgresEventStore({ database: recording, catalogue: counterEvents.old, encode: encodeJson });
});
afterAll(async () => {
  await owner.close();
  await created.drop();
});

/** Plan of the last statement for any parameters, as a prepared statement gets it. */
async function lastPlan(): Promise<string> {
  const { rows } = await owner.query<{ 'QUERY PLAN': string }>(`explain (generic_plan) ${statements.at(-1)}`);
  return rows.map((row) => row['QUERY PLAN']).join('\n');
}

const stream = newStream();
const uses: [string, () => Promise<unknown>][] = [
  [
    'append',
    () =>
      store.append(
        appendTo(stream, { idempotency: { key: 'key', requestHash: 'hash', answerStatus: 201, answer: {} } }),
      ),
  ],
  ['load', () => store.load(stream)],
  ['loadForCommand', () => store.loadForCommand(stream, { stateVersion: 1, idempotencyKey: 'key' })],
  // One statement does both: its plan is the same, but what it finds is not.
  [
    'loadForCommand with gate and known version',
    () =>
      store.loadForCommand(stream, {
        stateVersion: 1,
        knownVersion: 1,
        gate: { aggregateType: 'tenant', aggregateId: 'acme', eventTypes: ['TenantSuspended'] },
      }),
  ],
];

async function fill(): Promise<void> {
  await owner.query(`create table event_store.events_globex partition of event_store.events for values in ('globex')`);
  await owner.query(
    `insert into event_store.events (tenant_id, aggregate_type, aggregate_id, sequence_number, event_id, event_type, event_version, payload, correlation_id, traceparent, occurred_at)
     select tenant, 'counter', (n / 50)::text, n % 50 + 1, uuidv7(), 'CounterIncremented', 2, '{}', 'correlation', 'trace', now()
       from generate_series(1, 20000) n, unnest(array['acme', 'globex']) tenant`,
  );
  await owner.query('analyze event_store.events');
}

/** Indexes that a plan reads events by. */
const indexesOf = (plan: string) => [...plan.matchAll(/using (events_\w+) on/g)].map(([, index]) => index);

// A connection prepares its statements when the store is new, and keeps the plans until statistics are gathered: a plan
// that reads a whole tenant would make the first minutes of a busy store quadratic.
describe('in an empty store', () => {
  it.each(uses)('SHR-7 %s finds a stream by its primary key', async (_, use) => {
    await use();
    const indexes = indexesOf(await lastPlan());
    expect(indexes.length).toBeGreaterThan(0);
    expect(indexes.filter((index) => index !== 'events_default_pkey')).toEqual([]);
  });
});

describe('in a full store', () => {
  beforeAll(fill);

  it.each(uses)('SHR-7 SHR-11 %s finds a stream by its primary key', async (_, use) => {
    await use().catch(() => undefined);
    const plan = await lastPlan();
    expect(indexesOf(plan).filter((index) => !index?.endsWith('_pkey'))).toEqual([]);
    expect(plan).not.toMatch(/Seq Scan on events/);
  });

  it('SHR-11 readAll goes along an index and sorts nothing', async () => {
    await store.readAll({ limit: 100 });
    const plan = await lastPlan();
    expect(plan).not.toMatch(/Seq Scan on events|\bSort\b(?! Key)/);
  });

  it('T-12 TOX-45 load touches the partition of its tenant alone', async () => {
    const { rows } = await owner.query<{ 'QUERY PLAN': string }>(
      `explain select from event_store.events where tenant_id = 'globex' and aggregate_type = 'counter' and aggregate_id = '7' order by sequence_number`,
    );
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
    expect(plan).toContain('on events_globex');
    expect(plan).not.toContain('events_default');
  });
});
