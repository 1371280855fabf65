import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { outboxTopics } from '@millrace/contracts/topology';
import { type Database, openDatabase } from '@millrace/postgres';
import { createTestDatabase, type TestDatabase } from '@millrace/testing';

import { CommandApiFixture, logger } from '../command-api.fixture.ts';
import { deploy, undeploy } from '../deployed.fixture.ts';
import { WriteSide } from '../write-side.ts';

const slotName = `spec_people_${process.pid}`;
let created: TestDatabase;
let owner: Database;
let database: Database;
let api: CommandApiFixture;
const started: CommandApiFixture[] = [];

beforeAll(async () => {
  created = await createTestDatabase(outboxTopics);
  owner = openDatabase({ url: created.url });
  await deploy(owner, slotName);
  database = openDatabase({ url: created.roleUrls.command, poolSize: 20 });
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

const legalName = { givenName: 'Ada', familyName: 'Byron' };
const create = (personId: string) => api.command('/v1/persons', { personId, legalName });
const storedRows = async () =>
  (
    await owner.query<Record<string, number>>(
      `select (select count(*) from event_store.events) as events, (select count(*) from outbox.outbox_messages) as messages`,
    )
  ).rows[0];

describe('people on Postgres', () => {
  test('CIM-5 CIM-8 CIM-9 CIM-22 CIM-23 CIM-48 each event is stored, and goes into the outbox keyed by its aggregate', async () => {
    const headers = { 'x-correlation-id': 'process-1', 'x-causation-id': 'event-9' };
    await api.command('/v1/persons', { personId: 'p-1', legalName, birthDate: '1815-12-10' }, headers);
    await api.command('/v1/persons/p-1/change-email', { email: 'ada@example.org' }, headers);
    await api.command('/v1/organizations', { organizationId: 'org-1', name: 'Acme' }, headers);
    const parties = { personId: 'p-1', organizationId: 'org-1' };
    await api.command('/v1/employments', { employmentId: 'e-1', ...parties }, headers);
    await api.command('/v1/hirings', { hiringId: 'h-1', ...parties }, headers);
    const { rows } = await owner.query<Record<string, unknown>>(
      `select e.event_type as type, e.payload, e.correlation_id, e.causation_id, e.user_id, e.session_id,
              o.topic, o.key, o.ce_aggregateversion, get_byte(o.payload, 0) as magic
         from event_store.events e join outbox.outbox_messages o on o.id = e.event_id order by e.global_position`,
    );
    const causation = { correlation_id: 'process-1', causation_id: 'event-9', user_id: 'alice', session_id: 's-1' };
    const stored = (type: string, [plural, key, version]: [string, string, string], payload: object) => ({
      ...{ type, payload, topic: `${plural}.events.v1`, key, ce_aggregateversion: version, magic: 0 },
      ...causation,
    });
    const name = { ...legalName, middleName: null };
    expect(rows).toEqual([
      stored('PersonCreated', ['persons', 'p-1', '1'], { personId: 'p-1', legalName: name, birthDate: '1815-12-10' }),
      stored('PersonEmailChanged', ['persons', 'p-1', '2'], { personId: 'p-1', email: 'ada@example.org' }),
      stored('OrganizationCreated', ['organizations', 'org-1', '1'], { organizationId: 'org-1', name: 'Acme' }),
      stored('EmploymentCreated', ['employments', 'e-1', '1'], { employmentId: 'e-1', ...parties }),
      stored('HiringStarted', ['hirings', 'h-1', '1'], { hiringId: 'h-1', ...parties }),
    ]);
  });

  test('CIM-3 CIM-44 what is malformed or refused leaves no row', async () => {
    await create('p-refused');
    const before = await storedRows();
    const refused = [
      await api.command('/v1/persons', { legalName: { givenName: '', familyName: 'Byron' } }),
      await api.command('/v1/persons', { legalName, birthDate: '1990-02-30' }),
      await create('p-refused'),
      await api.command('/v1/persons/p-refused/change-legal-name', { legalName }),
      await api.command('/v1/employments/e-0/end', { reason: 'moved on' }),
      await api.command('/v1/hirings/h-1/complete', { employmentId: 'e-1' }),
    ];
    expect(refused.map(({ status }) => status)).toEqual([400, 400, 409, 422, 404, 403]);
    expect(await storedRows()).toEqual(before);
  });

  test('CIM-19 ten writers without an expected version: each that is accepted is appended at the head, none is lost', async () => {
    await create('p-busy');
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        api.command('/v1/persons/p-busy/change-email', { email: `ada-${index}@example.org` }),
      ),
    );
    const accepted = answers.filter(({ status }) => status === 200);
    expect(accepted.length).toBeGreaterThan(1);
    expect(await api.metric('millrace_append_conflicts_total')).toBeGreaterThan(0);
    for (const { body } of answers.filter(({ status }) => status !== 200))
      expect(body['code']).toBe('VERSION_CONFLICT');
    const { rows } = await owner.query<{ sequence_number: number }>(
      `select sequence_number from event_store.events where aggregate_id = 'p-busy' order by 1`,
    );
    expect(rows.map(({ sequence_number }) => sequence_number)).toEqual(
      Array.from({ length: accepted.length + 1 }, (_, index) => index + 1),
    );
  });

  test('CIM-24 a process that has just started judges a person on the replayed state', async () => {
    await create('p-old');
    await api.command('/v1/persons/p-old/change-email', { email: 'old@example.org' });
    const restarted = await start();
    const again = await restarted.command('/v1/persons/p-old/change-email', { email: 'old@example.org' });
    expect(again).toMatchObject({ status: 422, body: { code: 'PERSON_UNCHANGED', version: 2 } });
    const changed = await restarted.command('/v1/persons/p-old/change-email', { email: 'new@example.org' });
    expect(changed.body).toMatchObject({ status: 'accepted', version: 3 });
  });

  test('CIM-24 CIM-45 a stream that no decider can have written stops the load: a fault of the server, not a refusal', async () => {
    await owner.query(
      `insert into event_store.events (tenant_id, aggregate_type, aggregate_id, sequence_number, event_id, event_type,
         event_version, payload, correlation_id, traceparent, occurred_at)
       values ('acme', 'person', 'p-corrupt', 1, uuidv7(), 'PersonEmailChanged', 1, '{"personId":"p-corrupt","email":"a@b.c"}', 'c', 't', now())`,
    );
    const before = await storedRows();
    const answer = await api.command('/v1/persons/p-corrupt/change-email', { email: 'b@b.c' });
    expect(answer).toMatchObject({ status: 500, body: { code: 'INTERNAL_ERROR' } });
    expect(await storedRows()).toEqual(before);
  });

  test('CIM-48 events are indexed by aggregate type and time', async () => {
    const { rows } = await owner.query<{ indexdef: string }>(
      `select indexdef from pg_indexes where indexdef like '%(tenant_id, aggregate_type, occurred_at%'`,
    );
    expect(rows).toHaveLength(1);
  });
});
