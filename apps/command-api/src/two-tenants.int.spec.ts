/** Every command, sent by one tenant to what another has. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { CommandQueue } from '@millrace/command-handling';
import { outboxTopics } from '@millrace/contracts/topology';
import { type Database, openDatabase } from '@millrace/postgres';
import { createTestDatabase, eventually, type TestDatabase } from '@millrace/testing';

import { aggregates } from './aggregates.ts';
import { CommandApiFixture, items, logger } from './command-api.fixture.ts';
import { CommandWorker } from './command-worker.ts';
import { deploy, undeploy } from './deployed.fixture.ts';
import { WriteSide } from './write-side.ts';

const VICTIM = 'acme';
const INTRUDER = 'umbrella';
const slotName = `tenants_${process.pid}`;
const asIntruder = { authorization: `Bearer ${INTRUDER}.admin` };

const plan = { name: 'name', command: 'run', image: 'image' };
const email = { email: 'x@example.org' };
const legalName = { legalName: { givenName: 'Ada', familyName: 'X' } };
const employment = { personId: 'p-1', organizationId: 'org-1' };
const reason = { reason: 'a reason' };
const name = { name: 'a name' };

/** A body that each command takes. */
const bodies: Readonly<Record<string, object>> = {
  CreateOrder: { customerId: 'c-1', items },
  UpdateOrderItems: { items },
  ConfirmOrder: {},
  ShipOrder: { trackingNumber: 'T-1', carrier: 'DHL' },
  DeliverOrder: {},
  CancelOrder: reason,
  CreateJob: plan,
  StartJob: {},
  CompleteJob: {},
  FailJob: reason,
  RetryJob: {},
  CancelJob: reason,
  UpdateJobMetadata: { metadata: { team: 'x' } },
  CreatePipeline: { ...name, steps: [plan] },
  StartPipelineStep: { step: 1, jobId: 'j-1' },
  CompletePipelineStep: { step: 1 },
  FailPipelineStep: { step: 1, ...reason },
  CancelPipeline: reason,
  CreatePerson: legalName,
  ChangePersonEmail: email,
  ChangePersonLegalName: legalName,
  CorrectPersonBirthDate: { birthDate: '1990-02-28' },
  CreateOrganization: name,
  RenameOrganization: name,
  CreateEmployment: employment,
  EndEmployment: reason,
  StartHiring: employment,
  CompleteHiring: { employmentId: 'e-1' },
  FailHiring: reason,
  CancelHiring: reason,
  CreateTenant: name,
  RenameTenant: name,
  UpdateTenantSettings: { settings: { plan: 'x' } },
  SuspendTenant: reason,
  ReactivateTenant: {},
  DeleteTenant: reason,
  CreateUser: { ...email, username: 'x' },
  ChangeUserEmail: email,
  ChangeUserName: { username: 'x' },
  DeactivateUser: reason,
  ImportUser: { ...email, username: 'x', isActive: true, createdAt: '2020-01-01T00:00:00.000Z' },
};

/** What makes an aggregate, where there was none. */
const creations = aggregates.flatMap(({ routes: { plural, verbs, idField, aggregateType } }) =>
  Object.entries(verbs)
    .filter(([, verb]) => verb === 'create')
    .map(([type]) => ({ type, path: `/v1/${plural}`, idField, id: aggregateType === 'tenant' ? VICTIM : 'theirs' })),
);

/** What needs one, and the code of its absence. */
const tasks = aggregates.flatMap(({ routes: { plural, verbs, aggregateType } }) =>
  Object.entries(verbs)
    .filter(([type, verb]) => verb !== 'create' && type !== 'ImportUser')
    .map(([type, verb]) => {
      const id = aggregateType === 'tenant' ? VICTIM : 'theirs';
      const path = (wanted: string) => `/v1/${plural}/${wanted}/${verb}`;
      return { type, id, path, code: `${aggregateType.toUpperCase()}_NOT_FOUND` };
    }),
);

/** Changes of a tenant that its own admins may not make either. */
const forOperators = ['SuspendTenant', 'ReactivateTenant', 'DeleteTenant'];

let created: TestDatabase;
let owner: Database;
let database: Database;
let writeSide: WriteSide;
let queue: CommandQueue;
let api: CommandApiFixture;
const routes: string[] = [];

beforeAll(async () => {
  created = await createTestDatabase(outboxTopics);
  owner = openDatabase({ url: created.url });
  await deploy(owner, slotName);
  database = openDatabase({ url: created.roleUrls.command });
  queue = new CommandQueue(database);
  api = new CommandApiFixture(
    (observer) =>
      (writeSide = new WriteSide({ database, logger, slotName, handling: { ...(observer && { observer }) } })),
    queue,
  );
  api.server.addHook('onRoute', ({ method, url }) => void (method === 'POST' && routes.push(url.replace(/\/$/, ''))));
  await writeSide.open();
  for (const { type, path, idField, id } of creations) {
    const headers = { authorization: `Bearer ${VICTIM}.admin`, 'idempotency-key': `key-of-${type}` };
    const { status } = await api.command(path, { [idField]: id, ...bodies[type] }, headers);
    expect([type, status]).toEqual([type, 201]);
  }
}, 60_000);
afterAll(async () => {
  await api.server.close();
  writeSide.close();
  await database.close();
  await undeploy(owner, slotName);
  await owner.close();
  await created.drop();
});

/** Every row of the victim, in every table of the write side that knows tenants. */
async function rowsOfVictim(): Promise<Record<string, unknown>> {
  const { rows: tables } = await owner.query<{ name: string; key: string }>(
    `select format('%I.%I', table_schema, table_name) as name, column_name as key
       from information_schema.columns join pg_class on oid = format('%I.%I', table_schema, table_name)::regclass
      where table_schema in ('event_store', 'outbox', 'command') and column_name in ('tenant_id', 'stream_tenant_id', 'ce_tenantid') and not relispartition`,
  );
  const found: Record<string, unknown> = {};
  for (const { name: table, key } of tables) {
    const { rows } = await owner.query(
      `select to_jsonb(t) as row from ${table} t where ${key} = $1 order by to_jsonb(t)::text`,
      [VICTIM],
    );
    found[`${table} by ${key}`] = rows;
  }
  return found;
}

describe('ACC-44 JOB-47 two tenants: no command reaches what another tenant has', () => {
  test('every command of every route is in this file', async () => {
    const wanted = aggregates.flatMap(({ routes: { plural, verbs, idField } }) => [
      ...Object.values(verbs).map((verb) =>
        verb === 'create' ? `/v1/${plural}` : `/v1/${plural}/:${idField}/${verb}`,
      ),
      `/v1/${plural}/:${idField}/:verb`,
    ]);
    await api.server.ready();
    expect([...new Set(routes)].toSorted()).toEqual(wanted.toSorted());
    expect(Object.keys(bodies).toSorted()).toEqual(
      aggregates.flatMap(({ commands }) => Object.keys(commands)).toSorted(),
    );
    expect(JSON.stringify(await rowsOfVictim())).toContain('theirs');
  });

  test.each(tasks)('$type: the other’s id is like one that nobody has', async ({ type, id, path, code }) => {
    const before = await rowsOfVictim();
    const answerAbout = async (wanted: string) => {
      const { status, headers, body } = await api.command(path(wanted), bodies[type], asIntruder);
      const detail = String(body['detail']).replaceAll(wanted, 'ID');
      return { status, code: body['code'], version: body['version'], etag: headers['etag'], detail };
    };
    const stolen = await answerAbout(id);
    expect(stolen).toEqual(await answerAbout('nobodys'));
    expect(stolen).toMatchObject(
      forOperators.includes(type) ? { status: 403, code: 'FORBIDDEN' } : { status: 404, code },
    );
    expect(await rowsOfVictim()).toEqual(before);
  });

  test('none that is carried out later does either', async () => {
    const before = await rowsOfVictim();
    const sent = tasks.filter(({ type }) => !type.endsWith('Tenant') && type !== 'UpdateTenantSettings');
    for (const { type, id, path } of sent) {
      const { status } = await api.command(path(id), bodies[type], { ...asIntruder, prefer: 'respond-async' });
      expect([type, status]).toEqual([type, 202]);
    }
    const { metrics, bus } = api;
    const worker = new CommandWorker({ queue, send: (command) => bus.send(command), logger, metrics });
    worker.start();
    await eventually(async () => {
      const { rows } = await owner.query(`select from command.pending_commands where status = 'pending'`);
      return rows.length === 0;
    });
    await worker.close();
    const { rows } = await owner.query(
      `select distinct status, answer ->> 'status' as code from command.pending_commands`,
    );
    expect(rows).toEqual([{ status: 'rejected', code: '404' }]);
    expect(await rowsOfVictim()).toEqual(before);
  });

  test.each(creations)('$type: the same id and key make something of the intruder’s own', async (creation) => {
    const { type, path, idField, id } = creation;
    const before = await rowsOfVictim();
    const headers = { ...asIntruder, 'idempotency-key': `key-of-${type}` };
    const answer = await api.command(path, { [idField]: id, ...bodies[type] }, headers);
    expect([answer.status, answer.headers['idempotency-replayed']]).toEqual([
      type === 'CreateTenant' ? 404 : 201,
      undefined,
    ]);
    expect(await rowsOfVictim()).toEqual(before);
  });

  test('ImportUser: the same id makes a user of the intruder’s own', async () => {
    const before = await rowsOfVictim();
    const { status } = await api.command('/v1/users/imported/import', bodies['ImportUser'], {
      authorization: `Bearer ${VICTIM}.admin`,
    });
    const after = await rowsOfVictim();
    expect([status, after]).not.toEqual([status, before]);
    expect((await api.command('/v1/users/imported/import', bodies['ImportUser'], asIntruder)).status).toBe(status);
    expect(await rowsOfVictim()).toEqual(after);
  });

  test('ACC-41 suspending one tenant does not touch another', async () => {
    const operator = { authorization: 'Bearer control.operator' };
    await api.command('/v1/tenants', { tenantId: INTRUDER, ...name }, operator);
    const { status } = await api.command(`/v1/tenants/${INTRUDER}/suspend`, reason, operator);
    expect(status).toBe(200);
    const start = (headers: Record<string, string>) => api.command('/v1/jobs/theirs/start', {}, headers);
    expect((await start(asIntruder)).body).toMatchObject({ code: 'TENANT_SUSPENDED' });
    expect((await start({ authorization: `Bearer ${VICTIM}.writer` })).status).toBe(200);
  });
});
