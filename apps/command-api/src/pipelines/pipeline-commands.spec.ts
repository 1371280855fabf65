import { describe, expect, test } from '@jest/globals';

import { inMemory } from '../command-api.fixture.ts';

const { api, store } = inMemory();

const steps = ['extract', 'transform', 'load'].map((name) => ({ name, command: `run ${name}`, image: 'tools:1' }));
const asSaga = { authorization: 'Bearer acme.process' };
const create = (pipelineId: string, more: object = {}) =>
  api.command('/v1/pipelines', { pipelineId, name: 'Nightly', steps, ...more });
const eventsOf = (aggregateId: string) => store.load({ tenantId: 'acme', aggregateType: 'pipeline', aggregateId });

describe('commands of a pipeline', () => {
  test('JOB-39 three steps one after the other; the last one completes the pipeline in the same command', async () => {
    expect((await create('p-1')).body).toMatchObject({ status: 'accepted', aggregateId: 'p-1', version: 1 });
    let answer;
    for (const step of [1, 2, 3]) {
      await api.command('/v1/pipelines/p-1/start-step', { step, jobId: `job-${step}` }, asSaga);
      answer = await api.command('/v1/pipelines/p-1/complete-step', { step }, asSaga);
    }
    expect(answer?.body).toMatchObject({ status: 'accepted', version: 8 });
    const events = await eventsOf('p-1');
    expect(events.map(({ type }) => type)).toEqual([
      'PipelineCreated',
      'PipelineStepStarted',
      'PipelineStepCompleted',
      'PipelineStepStarted',
      'PipelineStepCompleted',
      'PipelineStepStarted',
      'PipelineStepCompleted',
      'PipelineCompleted',
    ]);
    expect(events[0]?.data).toEqual({ pipelineId: 'p-1', name: 'Nightly', steps });
    expect(events[3]?.data).toEqual({ pipelineId: 'p-1', step: 2, jobId: 'job-2' });
    expect(events[6]?.correlationId).toBe(events[7]?.correlationId);
  });

  test('JOB-39 a step that fails fails the pipeline in the same command', async () => {
    await create('p-2');
    await api.command('/v1/pipelines/p-2/start-step', { step: 1, jobId: 'job-1' }, asSaga);
    await api.command('/v1/pipelines/p-2/fail-step', { step: 1, reason: 'exit code 1' }, asSaga);
    const data = { pipelineId: 'p-2', step: 1, reason: 'exit code 1' };
    expect((await eventsOf('p-2')).slice(2)).toMatchObject([
      { type: 'PipelineStepFailed', data },
      { type: 'PipelineFailed', data },
    ]);
  });

  test('JOB-39 rules of creation: 422, nothing stored', async () => {
    expect((await create('p-3', { steps: [] })).body).toMatchObject({ status: 422, code: 'PIPELINE_WITHOUT_STEPS' });
    const blank = [...steps, { name: ' ', command: 'run', image: 'tools:1' }];
    expect((await create('p-3', { steps: blank })).body).toMatchObject({
      status: 422,
      code: 'PIPELINE_INCOMPLETE',
      detail: expect.stringContaining('Step 4'),
    });
    expect(await eventsOf('p-3')).toEqual([]);
  });

  test.each([
    ['', { name: 'Nightly' }, ['/steps']],
    ['', { name: 'Nightly', steps: [{ name: 'a', command: 'b' }] }, ['/steps/0/image']],
    ['', { name: 'Nightly', steps: [{ ...steps[0], metadata: {} }] }, ['/steps/0/metadata']],
    ['/p-1/start-step', { step: 1 }, ['/jobId']],
    ['/p-1/start-step', { step: 0, jobId: 'job-1' }, ['/step']],
    ['/p-1/complete-step', { step: 1.5 }, ['/step']],
    ['/p-1/fail-step', { step: 1 }, ['/reason']],
  ])('%s %j is 400 with the place of the fault', async (path, body, pointers) => {
    const answer = await api.command(`/v1/pipelines${path}`, body, asSaga);
    const errors = (answer.body['errors'] ?? []) as { pointer: string }[];
    expect([answer.status, errors.map(({ pointer }) => pointer)]).toEqual([400, pointers]);
  });

  test('JOB-39 how a step goes is not for a writer to say', async () => {
    await create('p-4');
    for (const [role, status] of [
      ['writer', 403],
      ['pipelines.writer', 403],
      ['admin', 200],
    ] as const) {
      const headers = { authorization: `Bearer acme.${role}` };
      const answer = await api.command('/v1/pipelines/p-4/start-step', { step: 1, jobId: 'job-1' }, headers);
      expect([role, answer.status]).toEqual([role, status]);
    }
  });
});
