import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { outboxTopics } from '@millrace/contracts/topology';
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
async function start(): Promise<CommandApiFixture> {
  let writeSide: WriteSide | undefined;
  const fixture = new CommandApiFixture(
    (observer) => (writeSide = new WriteSide({ database, logger, slotName, handling: { observer: observer ?? {} } })),
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

describe('jobs on Postgres', () => {
  test('JOB-14 JOB-15 each event is stored, and goes into the outbox for the topic of the jobs', async () => {
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
