import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Database, openDatabase } from '@millrace/postgres';
import { createTestDatabase, type TestDatabase } from '@millrace/testing';

import { CapturedCli } from './captured-run.fixture.ts';
import { sagasCommand } from './sagas.ts';

let created: TestDatabase;
let owner: Database;

beforeAll(async () => {
  created = await createTestDatabase();
  owner = openDatabase({ url: created.url });
  await owner.query(
    `insert into saga.instances (saga, tenant_id, instance_id, status, state, failure, correlation_id, last_event_id,
       traceparent, announced, started_at)
     select 'hiring-saga', tenant, id, status, '{"step":"person-created"}', failure, 'c-' || id, 'e', 't', 0,
       now() - make_interval(secs => age)
     from (values ('acme', 'h-done', 'completed', null, 10), ('acme', 'h-young', 'running', null, 60),
       ('acme', 'h-old', 'running', null, 10000), ('rival', 'h-bad', 'failed', 'out of budget', 5)
     ) x (tenant, id, status, failure, age)`,
  );
  await owner.query(`insert into saga.correlation_keys values ('hiring-saga', 'acme', 'person:p-1', 'h-old')`);
  await owner.query(
    `insert into saga.commands (id, saga, tenant_id, instance_id, cause, type, data, correlation_id, causation_id,
       traceparent, status, attempts, last_error, settled_at)
     values ('00000000-0000-0000-0000-000000000001', 'hiring-saga', 'acme', 'h-old', 'e', 'CreateEmployment',
         '{"employmentId":"h-old"}', 'c', 'e-1', 't', 'refused', 1, 'EMPLOYMENT_ALREADY_EXISTS', now()),
       ('00000000-0000-0000-0000-000000000002', 'hiring-saga', 'acme', 'h-old', 'e2', 'FailHiring',
         '{"hiringId":"h-old"}', 'c', 'e-1', 't', 'pending', 7, '503', null)`,
  );
});
afterAll(async () => {
  await owner.close();
  await created.drop();
});

const cli = new CapturedCli([sagasCommand], () => ({ DATABASE_URL: created.url, MILLRACE_HOME: '/nonexistent' }));
const run = (...args: string[]) => cli.run(['sagas', ...args]);

const listed = async (...filter: string[]) => {
  const { sagas } = await cli.answer<{ sagas: { instanceId: string }[] }>(['sagas', 'list', ...filter]);
  return sagas.map(({ instanceId }) => instanceId);
};

describe('millrace sagas', () => {
  test('T-51 CIM-39 list puts first what a person must see, then what is stuck longest', async () => {
    expect(await listed()).toEqual(['h-bad', 'h-old', 'h-young', 'h-done']);
    const { printed: text } = await run('list');
    expect(text.split('\n').slice(0, 2)).toEqual([
      expect.stringMatching(/^failed +5 s {2}hiring-saga {2}rival {2}h-bad {2}out of budget$/),
      expect.stringMatching(/^running +2 h {2}hiring-saga {2}acme {2}h-old {2}sends FailHiring \(last: 503\)$/),
    ]);
  });

  test('T-51 list asks for a status, a saga, a tenant, and for so many', async () => {
    expect(await listed('--status', 'failed')).toEqual(['h-bad']);
    expect(await listed('--tenant', 'acme', '--limit', '1')).toEqual(['h-old']);
    expect(await listed('--saga', 'pipeline-saga')).toEqual([]);
  });

  test('CIM-39 show has state, keys, process and the outcome of each command', async () => {
    const { exitCode, printed: json } = await run('show', 'hiring-saga', 'acme', 'h-old', '--output', 'json');
    expect(exitCode).toBe(0);
    expect(JSON.parse(json)).toMatchObject({
      instanceId: 'h-old',
      state: { step: 'person-created' },
      keys: ['person:p-1'],
      correlationId: 'c-h-old',
      commands: [
        { type: 'CreateEmployment', status: 'refused', lastError: 'EMPLOYMENT_ALREADY_EXISTS' },
        { type: 'FailHiring', status: 'pending', attempts: 7 },
      ],
    });
    const { printed: text } = await run('show', 'hiring-saga', 'acme', 'h-old');
    expect(text).toContain('pending after 7 attempts  FailHiring');
    expect(text).toContain('EMPLOYMENT_ALREADY_EXISTS');
  });

  test('show of what is not there is a failed check', async () => {
    expect(await run('show', 'hiring-saga', 'rival', 'h-old')).toMatchObject({ exitCode: 1 });
  });
});
