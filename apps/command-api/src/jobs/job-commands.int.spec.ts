import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { CommandHandler } from '@millrace/command-handling';
import { outboxTopics, storedEvents } from '@millrace/contracts/topology';
import { EventCatalogue } from '@millrace/core';
import { PostgresEventStore } from '@millrace/event-store';
import { type Database, openDatabase } from '@millrace/postgres';
import { createTestDatabase, type TestDatabase } from '@millrace/testing';

import { CommandApiFixture, logger } from '../command-api.fixture.ts';
import { deploy, undeploy } from '../deployed.fixture.ts';
import { WriteSide } from '../write-side.ts';

const slotName = `spec_jobs_${process.pid}`;
const WRITERS = 50;

let created: TestDatabase;
let owner: Database;
let database: Database;
let api: CommandApiFixture;
const started: CommandApiFixture[] = [];

beforeAll(async () => {
  created = await createTestDatabase(outboxTopics);
  owner = openDatabase({ url: created.url });
  await deploy(owner, slotName);
  database = openDatabase({ url: created.roleUrls.command, poolSize: WRITERS });
  api = await start();
});
afterAll(async () => {
  for (const { server } of started) await server.close();
  await database.close();
  await undeploy(owner, slotName);
  await owner.close();
  await created.drop();
});

/** A process that knows nothing but the database. */
async function start(on: Database = database): Promise<CommandApiFixture> {
  let writeSide: WriteSide | undefined;
  const fixture = new CommandApiFixture(
    (observer = {}) => (writeSide = new WriteSide({ database: on, logger, slotName, handling: { observer } })),
  );
  await writeSide?.open();
  started.push(fixture);
  return fixture;
}

const plan = { name: 'Process Data', command: 'python process.py', image: 'python:3.9' };
const create = (jobId: string) => api.command('/v1/jobs', { jobId, ...plan });

async function storedTypes(jobId: string): Promise<unknown[]> {
  const { rows } = await owner.query<{ event_type: string }>(
    `select event_type from event_store.events where aggregate_type = 'job' and aggregate_id = $1 order by sequence_number`,
    [jobId],
  );
  return rows.map(({ event_type }) => event_type);
}

describe('JOB-38 jobs on Postgres: lifecycle, replay, concurrency and faults', () => {
  test('JOB-14 JOB-15 T-30 each event is stored, and goes into the outbox for the topic of the jobs', async () => {
    const headers = { 'x-correlation-id': 'process-1' };
    await api.command('/v1/jobs', { jobId: 'j-1', ...plan }, headers);
    await api.command('/v1/jobs/j-1/start', {}, headers);
    const { rows } = await owner.query<Record<string, unknown>>(
      `select topic, key, type, ce_aggregatetype, ce_aggregateversion, ce_correlationid, ce_userid, ce_dataschema
         from outbox.outbox_messages where key = 'j-1' order by seq`,
    );
    expect(await storedTypes('j-1')).toEqual(['JobCreated', 'JobStarted']);
    expect(rows).toMatchObject(
      ['JobCreated', 'JobStarted'].map((type, index) => ({
        topic: 'jobs.events.v1',
        key: 'j-1',
        type,
        ce_aggregatetype: 'job',
        ce_aggregateversion: String(index + 1),
        ce_correlationid: 'process-1',
        ce_userid: 'alice',
        ce_dataschema: `urn:millrace:schema:jobs.${type}:1`,
      })),
    );
  });

  test('JOB-5 user, correlation and a time within the request are recorded on each event', async () => {
    const clock = async () => {
      const { rows } = await owner.query<{ now: string }>('select clock_timestamp() as now');
      return rows[0]?.now ?? '';
    };
    const headers = { 'x-correlation-id': 'process-5', authorization: 'Bearer acme.writer' };
    const sent = new Date().toISOString();
    const before = await clock();
    await api.command('/v1/jobs', { jobId: 'j-who', ...plan }, headers);
    await api.command('/v1/jobs/j-who/start', {}, headers);
    const { rows } = await owner.query(
      `select user_id, correlation_id, occurred_at between $1::timestamptz and $2::timestamptz as occurred,
              created_at between $3::timestamptz and $4::timestamptz as recorded
         from event_store.events where aggregate_id = 'j-who' order by sequence_number`,
      [sent, new Date().toISOString(), before, await clock()],
    );
    const expected = { user_id: 'alice', correlation_id: 'process-5', occurred: true, recorded: true };
    expect(rows).toEqual([expected, expected]);
  });

  test('JOB-10 a command is a load by key and an insert: two statements, and no table is joined', async () => {
    await create('j-cheap');
    const statements: { text: string; values?: unknown[] | undefined }[] = [];
    const logging: Database = {
      ...database,
      query: (statement, values) => {
        statements.push(typeof statement === 'string' ? { text: statement, values } : statement);
        return database.query(statement, values);
      },
    };
    const watched = await start(logging);
    statements.length = 0;
    expect((await watched.command('/v1/jobs/j-cheap/start')).status).toBe(200);
    expect(statements).toHaveLength(2);
    const plans = await Promise.all(
      statements.map(async ({ text, values }) => {
        const { rows } = await owner.query(`explain ${text}`, values);
        return rows.map((row) => String(Object.values(row)[0])).join('\n');
      }),
    );
    const [load = '', append = ''] = plans;
    expect(load).not.toMatch(/Seq Scan|(Insert|Update|Delete) on/);
    expect(append).toMatch(/Insert on events/);
    expect(append).not.toMatch(/(Update|Delete) on/);
    expect(append).not.toMatch(/Join|Nested Loop/);
    // Each load that shares the statement looks up its own rows: the only loop is that over the loads.
    expect(load).not.toMatch(/Join/);
    expect(load.match(/Nested Loop/g)).toHaveLength(1);
    expect(load).toMatch(/Nested Loop.*\n\s*->\s+Function Scan on jsonb_to_recordset l /);
  });

  test('JOB-42 a job of JobCreated version 1 is loaded and goes on after version 2 is introduced', async () => {
    await create('j-old-shape');
    const next = new EventCatalogue(
      storedEvents.definitions.map((definition) =>
        definition.type === 'JobCreated'
          ? {
              ...definition,
              schemas: { ...definition.schemas, 2: { ...definition.schemas[1], doc: 'with a priority' } },
              upcasters: { 1: (data: unknown) => ({ ...(data as object), priority: 'normal' }) },
            }
          : definition,
      ),
    );
    const encode = (type: string, data: unknown) => Buffer.from(JSON.stringify({ type, data }));
    const store = new PostgresEventStore({ database, catalogue: next, encode });
    const handler = new CommandHandler({ store, catalogue: next });
    const newer = new CommandApiFixture(() => ({ handler: () => handler, check: async () => undefined }));
    started.push(newer);
    expect((await newer.command('/v1/jobs/j-old-shape/start')).body).toMatchObject({ status: 'accepted', version: 2 });
    const [first] = await store.load({ tenantId: 'acme', aggregateType: 'job', aggregateId: 'j-old-shape' });
    expect(first).toMatchObject({ type: 'JobCreated', data: { jobId: 'j-old-shape', ...plan, priority: 'normal' } });
    const { rows } = await owner.query(
      `select event_version, payload ? 'priority' as prioritized from event_store.events
        where aggregate_id = 'j-old-shape' and event_type = 'JobCreated'`,
    );
    expect(rows).toEqual([{ event_version: 1, prioritized: false }]);
  });

  test(`JOB-21 T-1 ${WRITERS} connections start one job: it starts once`, async () => {
    await create('j-busy');
    const answers = await Promise.all(Array.from({ length: WRITERS }, () => api.command('/v1/jobs/j-busy/start')));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    for (const { status, body } of answers.filter((answer) => answer.status !== 200)) {
      expect(['422 JOB_TRANSITION_REFUSED', '409 VERSION_CONFLICT']).toContain(`${status} ${String(body['code'])}`);
    }
    expect(await storedTypes('j-busy')).toEqual(['JobCreated', 'JobStarted']);
  });

  test('JOB-22 a process that has just started judges an old job on its true state', async () => {
    await create('j-old');
    for (const verb of ['start', 'fail', 'retry']) {
      await api.command(`/v1/jobs/j-old/${verb}`, verb === 'fail' ? { reason: 'exit code 1' } : {});
    }
    const restarted = await start();
    expect((await restarted.command('/v1/jobs/j-old/complete')).body).toMatchObject({
      code: 'JOB_TRANSITION_REFUSED',
      detail: expect.stringContaining('retried'),
    });
    expect((await restarted.command('/v1/jobs/j-old/start')).body).toMatchObject({ status: 'accepted', version: 5 });
    const { rows } = await owner.query(
      `select payload ->> 'attempt' as attempt from event_store.events where aggregate_id = 'j-old' and sequence_number = 5`,
    );
    expect(rows).toEqual([{ attempt: '2' }]);
  });

  test('JOB-41 a job of 250 events is loaded by replaying fewer than 100', async () => {
    await create('j-long');
    for (let version = 2; version <= 250; version += 1) {
      const metadata = { round: String(version) };
      const { body } = await api.command('/v1/jobs/j-long/update-metadata', { metadata });
      expect(body).toMatchObject({ status: 'accepted', version });
    }
    const restarted = await start();
    expect((await restarted.command('/v1/jobs/j-long/start')).body).toMatchObject({ status: 'accepted', version: 251 });
    expect(await restarted.metric('millrace_events_replayed_per_load_count')).toBe(1);
    const replayed = await restarted.metric('millrace_events_replayed_per_load_sum');
    expect(replayed).toBeGreaterThan(0);
    expect(replayed).toBeLessThan(100);
  });

  test('JOB-39 both events of the last step are stored in one transaction', async () => {
    const step = { name: 'extract', command: 'run extract', image: 'tools:1' };
    await api.command('/v1/pipelines', { pipelineId: 'p-1', name: 'One', steps: [step] });
    const asSaga = { authorization: 'Bearer acme.process' };
    await api.command('/v1/pipelines/p-1/start-step', { step: 1, jobId: 'j-1' }, asSaga);
    await api.command('/v1/pipelines/p-1/complete-step', { step: 1 }, asSaga);
    const { rows } = await owner.query<Record<string, unknown>>(
      `select event_type, transaction_id::text as transaction from event_store.events where aggregate_id = 'p-1' order by sequence_number`,
    );
    expect(rows.map(({ event_type }) => event_type)).toEqual([
      'PipelineCreated',
      'PipelineStepStarted',
      'PipelineStepCompleted',
      'PipelineCompleted',
    ]);
    expect(new Set(rows.map(({ transaction }) => transaction)).size).toBe(3);
    const { rows: messages } = await owner.query(`select topic from outbox.outbox_messages where key = 'p-1'`);
    expect(messages).toEqual(Array.from({ length: 4 }, () => ({ topic: 'pipelines.events.v1' })));
  });
});
