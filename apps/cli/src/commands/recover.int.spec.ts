/** On a database, a relay and real consumers of its own: written, backed up, gone on, put back, recovered, gone on again. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readTopic } from '@millrace/kafka';
import { readSlot } from '@millrace/relay';
import { createLogger } from '@millrace/telemetry';
import { eventually, testServices } from '@millrace/testing';

import { backupCommand } from './backup.ts';
import { CapturedCli } from './captured-run.fixture.ts';
import { DeployedStore } from './deployed-store.fixture.ts';
import { fleetProjection, tableOf } from './live-fleet.fixture.ts';
import { projectionsCommand } from './projections.ts';
import { recoverCommand } from './recover.ts';

const services = testServices();
const logger = createLogger({ service: 'recover-spec', level: 'silent' });
const patience = { timeoutMs: 90_000, intervalMs: 250 };
const apps = ['order-read-model-projection', 'external-publisher', 'pipeline-saga'];
const orders = fleetProjection('order-read-model-projection');

let store: DeployedStore;
let folder: string;
let environment: Record<string, string>;
let running: ChildProcess[] = [];
let epoch = 1;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'recover-'));
  await writeFile(join(folder, 'token'), 'nobody');
  store = new DeployedStore({ services, eventually });
  environment = { ...store.environment, BACKUP_FOLDER: join(folder, 'backups') };
  await store.create();
  await store.deploy();
}, 240_000);
afterAll(async () => {
  await stopApps();
  await store.close();
  await rm(folder, { recursive: true });
}, 240_000);

async function startApps(): Promise<void> {
  running = apps.map((app) =>
    spawn(process.execPath, [join(import.meta.dirname, '..', '..', '..', app, 'src', 'main.ts')], {
      env: {
        ...environment,
        DATABASE_URL: store.url('millrace_projector'),
        PORT: '0',
        COMMAND_API_URL: 'http://127.0.0.1:9',
        SERVICE_TOKEN_FILE: join(folder, 'token'),
      },
      stdio: 'ignore',
    }),
  );
}

async function stopApps(): Promise<void> {
  const ended = running.map((child) => new Promise((resolve) => child.once('exit', resolve)));
  for (const child of running) child.kill('SIGTERM');
  await Promise.all(ended);
  running = [];
}

const steps = [{ name: 'build', command: 'make', image: 'alpine' }];
const pipeline = (id: string) =>
  store.append('PipelineCreated', { id, version: 1 }, { pipelineId: id, name: 'p', steps });

const rowsOf = () =>
  tableOf(store.owner, orders).then((rows) => rows.filter((row) => row['tenant_id'] === store.tenant));
const statusOf = async (id: string) => (await rowsOf()).find((row) => row['order_id'] === id)?.['status'];
const commandsOf = async () =>
  (
    await store.owner.query<{ id: string }>('select id from saga.commands where tenant_id = $1 order by id', [
      store.tenant,
    ])
  ).rows.map(({ id }) => id);
const recordsOf = async (topic: string) =>
  (await readTopic({ brokers: services.kafkaBrokers }, topic, { logger })).filter(
    ({ headers }) => headers['ce_tenantid'] === store.tenant,
  );
const published = async () =>
  (await recordsOf('orders.public.v1')).map(
    ({ headers }) => `${headers['ce_subject']}:${headers['ce_aggregateversion']}:${headers['ce_epoch']}`,
  );

const cli = new CapturedCli([backupCommand, recoverCommand, projectionsCommand], () => environment);
const run = (...args: string[]) => cli.answer(args);
const recovered = async () => (await cli.answer<{ epoch: number }>(['recover'])).epoch;

describe('millrace recover', () => {
  test('ACC-77 ACC-80 ACC-81 T-17 restore with Kafka ahead: the lost timeline has no effect, the new one all of it, once', async () => {
    await startApps();
    for (const id of ['o-1', 'o-2', 'o-3']) await store.order(id, 'created');
    await pipeline('p-1');
    await eventually(async () => (await rowsOf()).length === 3 && (await commandsOf()).length > 0, patience);
    await eventually(async () => (await published()).length === 3, patience);
    const commands = await commandsOf();
    await run('backup', 'create');

    // The timeline that will be lost: consumers have it, and so has everybody on the public topic.
    await store.order('o-1', 'confirmed');
    await store.order('o-lost', 'created');
    await eventually(
      async () => (await statusOf('o-1')) === 'confirmed' && (await statusOf('o-lost')) === 'created',
      patience,
    );
    await eventually(async () => (await published()).length === 5, patience);
    await stopApps();
    await store.lose();
    await store.create();
    await store.deploy();
    expect(await run('backup', 'restore', join(folder, 'backups'))).toMatchObject({ events: 4 });
    // Higher than any that other specs have left on the topics.
    epoch = await recovered();
    expect(epoch).toBeGreaterThan(1);
    const before = await published();

    await startApps();
    await store.order('o-1', 'cancelled');
    await store.order('o-4', 'created');
    await eventually(
      async () => (await statusOf('o-1')) === 'cancelled' && (await statusOf('o-4')) === 'created',
      patience,
    );
    await eventually(async () => (await published()).length === before.length + 2, patience);
    expect((await published()).filter((one) => one.endsWith(`:${epoch}`)).sort()).toEqual([
      `o-1:2:${epoch}`,
      `o-4:1:${epoch}`,
    ]);
    expect(new Set(await published()).size).toBe((await published()).length);
    expect(await statusOf('o-lost')).toBeUndefined();
    expect(await commandsOf()).toEqual(commands);

    // Nothing of the lost timeline comes back, also when all of the topics is read again.
    await stopApps();
    await store.owner.query('delete from consumer.positions');
    await startApps();
    await store.order('o-5', 'created');
    await eventually(async () => (await statusOf('o-5')) === 'created', patience);
    await eventually(async () => (await published()).length === before.length + 3, patience);
    expect([await statusOf('o-1'), await statusOf('o-lost')]).toEqual(['cancelled', undefined]);
    expect(await commandsOf()).toEqual(commands);
    const live = await rowsOf();
    await run('projections', 'rebuild', orders.name, '--in-place');
    expect(await rowsOf()).toEqual(live);
    const { rows } = await store.owner.query('select 1 from consumer.parked_events');
    expect(rows).toEqual([]);
    await stopApps();
  }, 400_000);

  test('ACC-77 a recovery that was cut off goes on, and bumps the epoch once; a further one is a further timeline', async () => {
    await store.owner.query(`insert into backup.recoveries (epoch, steps) values (9, array['slot dropped', 'epoch'])`);
    expect(await recovered()).toBe(9);
    expect(await recovered()).toBe(epoch + 1);
    expect((await store.connect.state()).task).toBe('RUNNING');
    expect(await readSlot(store.owner)).toMatchObject({ exists: true });
  }, 200_000);

  test('ACC-77 what is on its topic already, events and dead letters, does not arrive twice', async () => {
    await store.order('o-sent', 'created');
    await store.owner.query(
      `insert into outbox.dead_letters (topic, key, ce_specversion, ce_id, ce_type, ce_source, ce_subject, ce_time, ce_dataschema, content_type,
         ce_tenantid, ce_aggregatetype, ce_aggregateversion, ce_eventversion, ce_correlationid, ce_causationid, ce_userid, ce_sessionid, ce_epoch, traceparent,
         dlq_group, dlq_topic, dlq_partition, dlq_offset, dlq_error_code, dlq_error_detail, dlq_attempts, dlq_parked_at, dlq_headers, dlq_omitted)
       select topic, key, ce_specversion, id::text, type, ce_source, ce_subject, ce_time, ce_dataschema, content_type,
         ce_tenantid, ce_aggregatetype, ce_aggregateversion, ce_eventversion, ce_correlationid, ce_causationid, ce_userid, ce_sessionid, ce_epoch, traceparent,
         $1, topic, '0', '0', 'RECORD_MALFORMED', 'why', '1', 'now', '{}', 'none'
       from (select $1 || '.dlq' as topic, key, ce_specversion, id, type, ce_source, ce_subject, ce_time, ce_dataschema, content_type,
         ce_tenantid, ce_aggregatetype, ce_aggregateversion, ce_eventversion, ce_correlationid, ce_causationid, ce_userid, ce_sessionid, ce_epoch, traceparent
         from outbox.outbox_messages where key = 'o-sent') as sent`,
      [orders.name],
    );
    const topics = ['orders.events.v1', `${orders.name}.dlq`];
    const arrived = async () => {
      const records = await Promise.all(topics.map((topic) => recordsOf(topic)));
      return records.map((one) => one.filter(({ key }) => key === 'o-sent').length);
    };
    await eventually(async () => (await arrived()).join() === '1,1', patience);
    await run('recover');
    // Behind whatever would come a second time.
    await store.order('o-behind', 'created');
    await eventually(async () => (await recordsOf('orders.events.v1')).some(({ key }) => key === 'o-behind'), patience);
    expect(await arrived()).toEqual([1, 1]);
  }, 200_000);
});
