import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@millrace/testing';

import { ReadSideFixture } from '../read-side.fixture.ts';

const [PENDING, ACCEPTED, REJECTED, FOREIGN] = [1, 2, 3, 4].map(
  (number) => `0198c0de-0000-7000-8000-00000000000${number}`,
) as [string, string, string, string];
const acknowledgment = {
  status: 'accepted',
  aggregateId: 'j-1',
  version: 2,
  timestamp: '2026-01-02T03:04:05.000Z',
  correlationId: 'process-1',
};
const problem = { status: 422, code: 'JOB_TRANSITION_REFUSED', acknowledgment: 'rejected', aggregateId: 'j-1' };

let created: TestDatabase;
let readSide: ReadSideFixture;

beforeAll(async () => {
  created = await createTestDatabase();
  readSide = new ReadSideFixture(created);
  await promise(PENDING, 'acme', null);
  await promise(ACCEPTED, 'acme', acknowledgment);
  await promise(REJECTED, 'acme', problem);
  await promise(FOREIGN, 'umbrella', acknowledgment);
});
afterAll(async () => {
  await readSide.close();
  await created.drop();
});

async function promise(commandId: string, tenantId: string, answer: object | null): Promise<void> {
  const status = answer === null ? 'pending' : answer === problem ? 'rejected' : 'accepted';
  await readSide.sql(
    `insert into command.pending_commands (tenant_id, command_id, user_id, stream_tenant_id, aggregate_type, aggregate_id, command, context,
       idempotency_key, request_hash, status, answer, created_at, finished_at)
     values ($1, $2, 'alice', $1, 'job', 'j-1', '{"type": "StartJob"}', '{"correlationId": "process-1"}', $5, 'hash', $3, $4,
       '2026-01-02T03:04:04Z', case when $4::jsonb is null then null else now() end)`,
    [tenantId, commandId, status, answer && JSON.stringify(answer), `key of ${commandId}`],
  );
}

const statusOf = (commandId: string, token = 'acme.writer') =>
  readSide.get(`/v1/commands/${commandId}`, { authorization: `Bearer ${token}` });

describe('CIM-7 T-67 GET /v1/commands/:commandId', () => {
  test('a command that waits is pending, and worth asking for again', async () => {
    const { status, headers, body } = await statusOf(PENDING);
    expect([status, headers['retry-after']]).toEqual([200, '1']);
    expect(body).toEqual({
      status: 'pending',
      commandId: PENDING,
      aggregateId: 'j-1',
      timestamp: '2026-01-02T03:04:04.000Z',
      correlationId: 'process-1',
    });
  });

  test('an accepted one shows its acknowledgment', async () => {
    const { status, headers, body } = await statusOf(ACCEPTED.toUpperCase());
    expect([status, headers['retry-after']]).toEqual([200, undefined]);
    expect(body).toEqual({ commandId: ACCEPTED, ...acknowledgment });
  });

  test('a refused one shows its problem', async () => {
    const { status, body } = await statusOf(REJECTED);
    expect(status).toBe(200);
    expect(body).toEqual({
      status: 'rejected',
      commandId: REJECTED,
      aggregateId: 'j-1',
      correlationId: 'process-1',
      problem,
    });
  });

  test('ACC-41 an unknown one and one of another tenant are the same 404', async () => {
    for (const commandId of ['0198c0de-0000-7000-8000-000000000009', FOREIGN]) {
      expect(await statusOf(commandId)).toMatchObject({ status: 404, body: { code: 'COMMAND_NOT_FOUND' } });
    }
    expect((await statusOf(FOREIGN, 'umbrella.writer')).status).toBe(200);
  });

  test('ACC-41 who works with jobs may know about jobs, and who works with orders may not', async () => {
    const statusFor = async (role: string) => (await statusOf(ACCEPTED, `acme.${role}`)).status;
    for (const role of ['admin', 'writer', 'reader', 'process', 'jobs.writer', 'jobs.reader']) {
      expect([role, await statusFor(role)]).toEqual([role, 200]);
    }
    expect([await statusFor('orders.writer'), await statusFor('auditor')]).toEqual([404, 403]);
  });

  test('T-70 what is no id is 400', async () => {
    expect(await statusOf('c-1')).toMatchObject({ status: 400, body: { errors: [{ parameter: 'commandId' }] } });
  });
});
