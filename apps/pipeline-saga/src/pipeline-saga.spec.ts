import { describe, expect, test } from '@jest/globals';
import type { SagaInput } from '@millrace/core';
import { givenSaga, told } from '@millrace/core/testing';

import { jobIdOf, pipelineSaga, type PipelineSagaCommand, type PipelineSagaEvent } from './pipeline-saga.ts';

type Input = SagaInput<PipelineSagaEvent, PipelineSagaCommand>;

const given = givenSaga(pipelineSaga);
const steps = ['extract', 'load'].map((name) => ({ name, command: `run ${name}`, image: 'alpine:3' }));
const pipeline = { pipelineId: 'p-1' };

const tell = (event: PipelineSagaEvent, envelope: { eventId?: string; causationId?: string } = {}): Input =>
  told({ ...event, ...envelope });
const created = tell({ type: 'PipelineCreated', data: { ...pipeline, name: 'nightly', steps } }, { eventId: 'e-0' });
const jobCreated = (step: number, causationId = `e-${step - 1}`): Input =>
  tell(
    { type: 'JobCreated', data: { jobId: `p-1.${step}`, name: '', command: '', image: '', metadata: {} } },
    { causationId },
  );
const jobCompleted = (step: number): Input =>
  tell({ type: 'JobCompleted', data: { jobId: `p-1.${step}` } }, { eventId: `e-${step}` });
const jobFailed = tell({ type: 'JobFailed', data: { jobId: 'p-1.1', reason: 'out of memory' } });
const jobCancelled = tell({ type: 'JobCancelled', data: { jobId: 'p-1.1', reason: 'by hand' } });
const completed = tell({ type: 'PipelineCompleted', data: pipeline });
const failed = tell({ type: 'PipelineFailed', data: { ...pipeline, step: 1, reason: 'by hand' } });
const cancelled = tell({ type: 'PipelineCancelled', data: { ...pipeline, reason: 'not needed' } });
const refused = (type: PipelineSagaCommand['type'], code: string): Input => ({
  kind: 'refused',
  command: { type, data: {} } as PipelineSagaCommand,
  code,
  detail: 'so it is',
});

const startOf = (step: number): PipelineSagaCommand[] => {
  const jobId = `p-1.${step}`;
  const plan = steps[step - 1];
  if (!plan) throw new Error('no such step');
  return [
    { type: 'CreateJob', data: { jobId, ...plan, metadata: { pipelineId: 'p-1', step: String(step) } } },
    { type: 'StartJob', data: { jobId } },
    { type: 'StartPipelineStep', data: { pipelineId: 'p-1', step, jobId } },
  ];
};
const completeStep = (step: number): PipelineSagaCommand => ({
  type: 'CompletePipelineStep',
  data: { ...pipeline, step },
});
const failStep = (reason: string): PipelineSagaCommand => ({
  type: 'FailPipelineStep',
  data: { ...pipeline, step: 1, reason },
});
const cancelJob = expect.objectContaining({ type: 'CancelJob' }) as never;

describe('pipeline saga', () => {
  test('JOB-39 JOB-40 creates and starts the job of the first step', () => {
    given()
      .when(created)
      .then({ status: 'running', commands: startOf(1), keys: ['job:p-1.1'] });
  });

  test('JOB-40 a completed job completes its step and starts the next', () => {
    given(created, jobCreated(1))
      .when(jobCompleted(1))
      .then({ status: 'running', commands: [completeStep(1), ...startOf(2)], keys: ['job:p-1.2'] });
  });

  test('JOB-40 the last one completes the pipeline', () => {
    const history = [created, jobCreated(1), jobCompleted(1), jobCreated(2)];
    given(...history)
      .when(jobCompleted(2))
      .then({ status: 'running', commands: [completeStep(2)] });
    given(...history, jobCompleted(2))
      .when(completed)
      .then({ status: 'completed', state: { phase: 'completed' } });
  });

  test('JOB-40 a job that fails or is cancelled fails its step', () => {
    given(created, jobCreated(1))
      .when(jobFailed)
      .then({
        status: 'failed',
        failure: 'job p-1.1 failed: out of memory',
        commands: [failStep('out of memory')],
      });
    given(created, jobCreated(1))
      .when(jobCancelled)
      .then({
        status: 'failed',
        failure: 'job p-1.1 was cancelled: by hand',
        commands: [failStep('by hand')],
      });
  });

  test('JOB-39 a cancelled pipeline cancels the job that runs, or that comes after', () => {
    given(created, jobCreated(1))
      .when(cancelled)
      .then({ status: 'completed', commands: [cancelJob] });
    given(created).when(cancelled).then({ status: 'completed' });
    given(created, cancelled)
      .when(jobCreated(1))
      .then({ status: 'completed', commands: [cancelJob] });
    given(created, jobCreated(1), cancelled).when(jobCancelled).thenNothing();
    given(created, jobCreated(1), cancelled).when(refused('CancelJob', 'JOB_TRANSITION_REFUSED')).thenNothing();
  });

  test('T-51 a job of somebody else under the id is neither waited for nor cancelled', () => {
    const foreign = jobCreated(1, 'somebody');
    given(created).when(foreign).thenNothing();
    given(created, foreign).when(jobCompleted(1)).thenNothing();
    given(created, foreign).when(cancelled).then({ status: 'completed' });
    given(created, foreign)
      .when(refused('CreateJob', 'JOB_ALREADY_EXISTS'))
      .then({
        status: 'failed',
        failure: 'CreateJob was refused: JOB_ALREADY_EXISTS: so it is',
        commands: [
          { type: 'StartPipelineStep', data: { ...pipeline, step: 1, jobId: 'p-1.1' } },
          failStep('CreateJob was refused: JOB_ALREADY_EXISTS'),
        ],
      });
  });

  test('T-51 a step that ended otherwise fails the process; a cancellation that was its reason completes it', () => {
    const refusal = refused('CompletePipelineStep', 'PIPELINE_TRANSITION_REFUSED');
    const history = [created, jobCreated(1), jobCompleted(1)];
    given(...history)
      .when(refusal)
      .then({ status: 'failed', failure: expect.stringContaining('PIPELINE_TRANSITION_REFUSED') as never });
    given(...history, refusal)
      .when(cancelled)
      .then({ status: 'completed', state: { phase: 'cancelled' } });
    // An answer, though it changes nothing: what was to follow is dropped.
    given(...history, cancelled)
      .when(refusal)
      .then({ status: 'completed', state: { phase: 'cancelled' } });
    given(created, jobCreated(1))
      .when(failed)
      .then({ status: 'failed', commands: [cancelJob] });
  });

  test('T-51 a job that somebody else has started is as good', () => {
    given(created).when(refused('StartJob', 'JOB_TRANSITION_REFUSED')).thenNothing();
    given(created)
      .when(refused('StartJob', 'TENANT_DELETED'))
      .then({ status: 'failed', failure: expect.anything() as never });
  });

  test('CIM-42 any other pair of phase and input changes nothing', () => {
    const one = [created, jobCreated(1)];
    const two = [...one, jobCompleted(1), jobCreated(2), jobCompleted(2)];
    const nothing: [Input[], Input[]][] = [
      [[], [jobCreated(1), jobCompleted(1), jobFailed, completed, failed, cancelled, { kind: 'timeout' }]],
      [one, [created, jobCreated(1), { kind: 'timeout' }]],
      [two, [created, jobCreated(1), jobCompleted(1), jobCreated(2), jobCompleted(2), jobFailed]],
      [
        [...two, completed],
        [created, jobCreated(2), jobCompleted(2), completed, failed, cancelled],
      ],
      [
        [...one, jobFailed],
        [created, jobCreated(1), jobCompleted(1), jobFailed, failed],
      ],
      [
        [...one, cancelled],
        [created, jobCreated(1), jobCompleted(1), cancelled, failed],
      ],
    ];
    for (const [history, inputs] of nothing) {
      for (const input of inputs) {
        given(...history)
          .when(input)
          .thenNothing();
      }
    }
  });

  test('JOB-40 every pipeline and step has a job id of its own, as ids may be', () => {
    const long = 'p'.repeat(128);
    expect(jobIdOf({ pipelineId: 'p-1', step: 12 })).toBe('p-1.12');
    const ids = [1, 2].map((step) => jobIdOf({ pipelineId: long, step }));
    expect(new Set(ids).size).toBe(2);
    for (const id of ids) expect(id).toMatch(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/);
    expect(jobIdOf({ pipelineId: long, step: 1 })).toBe(ids[0]);
  });
});
