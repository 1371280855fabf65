import { describe, expect, test } from '@jest/globals';
import { jobRoutes } from '@millrace/contracts/jobs';

import { inMemory } from '../command-api.fixture.ts';

const { api, store } = inMemory();

const plan = { name: 'Process Data', command: 'python process.py', image: 'python:3.9' };
const eventsOf = (aggregateId: string) => store.load({ tenantId: 'acme', aggregateType: 'job', aggregateId });
const create = (jobId: string, more: object = {}) => api.command('/v1/jobs', { jobId, ...plan, ...more });
const send = (path: string, payload: object = {}) => api.command(`/v1/jobs/${path}`, payload);

describe('commands of a job', () => {
  test('JOB-14 a job is created: the answer says its id, one JobCreated is stored at version 1', async () => {
    const { status, headers, body } = await api.command('/v1/jobs', plan, { 'x-correlation-id': 'process-1' });
    const jobId = String(body['aggregateId']);
    expect(jobId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-/);
    expect([status, headers['location']]).toEqual([201, `/v1/jobs/${jobId}`]);
    expect(body).toMatchObject({ status: 'accepted', version: 1, correlationId: 'process-1' });
    expect(await eventsOf(jobId)).toMatchObject([
      {
        type: 'JobCreated',
        sequenceNumber: 1,
        tenantId: 'acme',
        correlationId: 'process-1',
        data: { jobId, ...plan, metadata: {} },
      },
    ]);
  });

  test('JOB-14 T-22 its id and its metadata may be chosen; its tenant is that of the token', async () => {
    expect((await create('j-own', { metadata: { team: 'data' } })).status).toBe(201);
    expect((await eventsOf('j-own'))[0]?.data).toEqual({ jobId: 'j-own', ...plan, metadata: { team: 'data' } });
    expect((await create('j-other', { tenantId: 'umbrella' })).body).toMatchObject({
      status: 400,
      errors: [{ pointer: '/tenantId' }],
    });
  });

  test('JOB-15 JOB-16 JOB-17 JOB-18 JOB-20 a job that succeeds at its second attempt', async () => {
    await create('j-life');
    const answers = [
      await send('j-life/start'),
      await send('j-life/fail', { reason: 'exit code 1' }),
      await send('j-life/retry'),
      await send('j-life/update-metadata', { metadata: { team: 'ops' } }),
      await send('j-life/start'),
      await send('j-life/complete'),
    ];
    expect(answers.map(({ status, body }) => [status, body['version']])).toEqual(
      [2, 3, 4, 5, 6, 7].map((n) => [200, n]),
    );
    const jobId = 'j-life';
    expect((await eventsOf(jobId)).slice(1).map(({ type, data }) => ({ type, data }))).toEqual([
      { type: 'JobStarted', data: { jobId, attempt: 1 } },
      { type: 'JobFailed', data: { jobId, reason: 'exit code 1' } },
      { type: 'JobRetried', data: { jobId, attempt: 2 } },
      { type: 'JobMetadataUpdated', data: { jobId, metadata: { team: 'ops' } } },
      { type: 'JobStarted', data: { jobId, attempt: 2 } },
      { type: 'JobCompleted', data: { jobId } },
    ]);
  });

  test('JOB-19 a cancellation keeps who decided it and why; the job starts no more', async () => {
    await create('j-cancelled');
    await send('j-cancelled/cancel', { reason: 'not needed' });
    expect((await eventsOf('j-cancelled'))[1]).toMatchObject({
      type: 'JobCancelled',
      userId: 'alice',
      data: { reason: 'not needed' },
    });
    expect(await send('j-cancelled/start')).toMatchObject({ status: 422, body: { code: 'JOB_TRANSITION_REFUSED' } });
  });

  test('JOB-35 a creation that is sent again under its key is answered again, and there is one JobCreated', async () => {
    const creation = () => api.command('/v1/jobs', { jobId: 'j-again', ...plan }, { 'idempotency-key': 'k-again' });
    const first = await creation();
    expect(await creation()).toMatchObject({ status: 201, body: first.body });
    expect((await eventsOf('j-again')).map(({ type }) => type)).toEqual(['JobCreated']);
  });

  test('JOB-11 every job command goes over the bus and is counted by name', async () => {
    await create('j-counted');
    for (const verb of ['start', 'fail', 'retry', 'update-metadata', 'start', 'complete', 'cancel']) {
      await send(`j-counted/${verb}`, bodies[verb]);
    }
    for (const [name, verb] of Object.entries(jobRoutes.verbs)) {
      const outcome = verb === 'cancel' ? 'rejected' : 'accepted';
      const counted = await api.metric(`millrace_commands_total{command="${name}",outcome="${outcome}"}`);
      expect([name, counted > 0]).toEqual([name, true]);
    }
  });
});

const bodies: Readonly<Record<string, object>> = {
  fail: { reason: 'exit code 1' },
  cancel: { reason: 'not needed' },
  'update-metadata': { metadata: { team: 'ops' } },
};

describe('what is not a job command: 400 with the place of the fault', () => {
  const label = 'x'.repeat(64);
  test.each([
    ['', { ...plan, image: 7 }, ['/image']],
    ['', { ...plan, command: 'x'.repeat(4_001) }, ['/command']],
    ['', { ...plan, name: 'two\nlines' }, ['/name']],
    ['', { ...plan, metadata: { team: 7 } }, ['/metadata/team']],
    ['', { ...plan, metadata: { [label]: 'too long a name' } }, [`/metadata/${label}`]],
    [
      '',
      { ...plan, metadata: Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`n${n}`, 'x'])) },
      ['/metadata'],
    ],
    ['/j-1/start', { attempt: 1 }, ['/attempt']],
    ['/j-1/fail', {}, ['/reason']],
    ['/j-1/cancel', { reason: '' }, ['/reason']],
    ['/j-1/update-metadata', {}, ['/metadata']],
  ])('%s %j', async (path, body, pointers) => {
    const answer = await api.command(`/v1/jobs${path}`, body);
    const errors = (answer.body['errors'] ?? []) as { pointer: string }[];
    expect([answer.status, errors.map(({ pointer }) => pointer)]).toEqual([400, pointers]);
  });
});

describe('who may', () => {
  test.each([
    ['writer', 201],
    ['admin', 201],
    ['process', 201],
    ['jobs.writer', 201],
    ['pipelines.writer', 403],
    ['jobs.reader', 403],
    ['auditor', 403],
  ])('%s: %i', async (role, status) => {
    const headers = { authorization: `Bearer acme.${role}` };
    expect((await api.command('/v1/jobs', { jobId: `j-by-${role}`, ...plan }, headers)).status).toBe(status);
  });
});
