import { type JobCommand, type JobEvent, JOBS_TOPIC } from '@millrace/contracts/jobs';
import {
  type PipelineCommand,
  type PipelineEvent,
  PIPELINES_TOPIC,
  type PipelineStep,
} from '@millrace/contracts/pipelines';
import type { RecordedEvent, Saga, SagaInput, SagaReaction } from '@millrace/core';
import { v5 as uuidv5 } from 'uuid';

/** Where a pipeline's process stands. */
export type PipelinePhase = 'running' | 'completing' | 'completed' | 'cancelled' | 'failed';

/** What the process remembers. */
export type PipelineProcess = {
  readonly phase: PipelinePhase;
  readonly pipelineId: string;
  readonly steps: readonly PipelineStep[];
  /** Number of the step whose job it has asked for last. */
  readonly step: number;
  /** The event because of which it asked: by that it knows its own job from one that took the id before. */
  readonly cause: string;
  /** Whether that job is known to be there. */
  readonly hasJob: boolean;
};

type PipelineSignal = Extract<
  PipelineEvent,
  { type: 'PipelineCreated' | 'PipelineCompleted' | 'PipelineFailed' | 'PipelineCancelled' }
>;
type JobSignal = Extract<JobEvent, { type: 'JobCreated' | 'JobCompleted' | 'JobFailed' | 'JobCancelled' }>;

/** Every event that matters to a pipeline's process. */
export type PipelineSagaEvent = PipelineSignal | JobSignal;
/** Everything that it asks for. */
export type PipelineSagaCommand =
  | Extract<PipelineCommand, { type: 'StartPipelineStep' | 'CompletePipelineStep' | 'FailPipelineStep' }>
  | Extract<JobCommand, { type: 'CreateJob' | 'StartJob' | 'CancelJob' }>;

type Input = SagaInput<PipelineSagaEvent, PipelineSagaCommand>;
type Refusal = Extract<Input, { kind: 'refused' }>;
type Reaction = SagaReaction<PipelineProcess, PipelineSagaCommand>;

const ofPipeline = ({ data }: { readonly data: { readonly pipelineId: string } }) => ({
  key: `pipeline:${data.pipelineId}`,
});
// Caused by a command of the saga itself, so they never come before the key is known.
const ofJob = ({ data }: { readonly data: { readonly jobId: string } }) => ({ key: `job:${data.jobId}` });

/**
 * The jobs of a pipeline, one after the other:
 *
 *     running ─JobCompleted▶ running (next step), or completing ─PipelineCompleted▶ completed
 *        │ for each step: CreateJob, StartJob, StartPipelineStep; behind its job: CompletePipelineStep
 *
 *     running: ─JobFailed, JobCancelled▶ failed (FailPipelineStep)
 *     any: ─PipelineCancelled▶ cancelled (CancelJob), ─PipelineFailed, refusal▶ failed
 *
 * A job belongs to the step only if `JobCreated` says that the saga's own command made it. Any other pair of phase and
 * input changes nothing.
 */
export const pipelineSaga: Saga<PipelineSagaEvent, PipelineProcess, PipelineSagaCommand> = {
  name: 'pipeline-saga',
  topics: [PIPELINES_TOPIC, JOBS_TOPIC],
  correlate: {
    PipelineCreated: ({ data }) => ({ starts: data.pipelineId, keys: [`pipeline:${data.pipelineId}`] }),
    PipelineCompleted: ofPipeline,
    PipelineFailed: ofPipeline,
    PipelineCancelled: ofPipeline,
    JobCreated: ofJob,
    JobCompleted: ofJob,
    JobFailed: ofJob,
    JobCancelled: ofJob,
  },
  react(state, input) {
    if (input.kind === 'timeout') return undefined;
    if (input.kind === 'refused') return state && hearRefusal(state, input);
    const { event } = input;
    if (event.type !== 'PipelineCreated') return state && advance(state, event);
    if (state) return undefined;
    const { pipelineId, steps } = event.data;
    return startStep({ phase: 'running', pipelineId, steps, step: 1, cause: event.eventId, hasJob: false });
  },
};

/** Id of the job of a step. Ids of pipelines leave no room for a number where they are as long as ids may be. */
export function jobIdOf({ pipelineId, step }: { readonly pipelineId: string; readonly step: number }): string {
  const readable = `${pipelineId}.${step}`;
  return readable.length <= LONGEST_ID ? readable : uuidv5(readable, NAMESPACE);
}

const LONGEST_ID = 128;
/** Ids of version 5 in this name space are those of jobs of pipelines with long ids. */
const NAMESPACE = 'b0a4b8f5-2d8e-4b0c-8d7b-6c1f35f1a9d2';

function startStep(state: PipelineProcess, before: readonly PipelineSagaCommand[] = []): Reaction {
  const { pipelineId, steps, step } = state;
  const jobId = jobIdOf(state);
  const { name, command, image } = steps[step - 1] as PipelineStep;
  const commands: readonly PipelineSagaCommand[] = [
    ...before,
    { type: 'CreateJob', data: { jobId, name, command, image, metadata: { pipelineId, step: String(step) } } },
    { type: 'StartJob', data: { jobId } },
    { type: 'StartPipelineStep', data: { pipelineId, step, jobId } },
  ];
  return { state, status: 'running', commands, keys: [`job:${jobId}`] };
}

function advance(
  state: PipelineProcess,
  event: RecordedEvent<Exclude<PipelineSagaEvent, { type: 'PipelineCreated' }>>,
): Reaction | undefined {
  switch (event.type) {
    case 'JobCreated':
      return isOwn(state, event) ? takeJob(state) : undefined;
    case 'JobCompleted':
    case 'JobFailed':
    case 'JobCancelled':
      return isRunning(state, event.data.jobId) ? finishStep(state, event) : undefined;
    default:
      return endWith(state, event);
  }
}

/** The pipeline has ended. Even a failed process has come to a good end when somebody has cancelled the pipeline. */
function endWith(
  state: PipelineProcess,
  { type, data }: Exclude<PipelineSignal, { type: 'PipelineCreated' }>,
): Reaction | undefined {
  if (isOver(state) && !(type === 'PipelineCancelled' && state.phase === 'failed')) return undefined;
  switch (type) {
    case 'PipelineCompleted':
      return { state: { ...state, phase: 'completed' }, status: 'completed' };
    case 'PipelineCancelled':
      return { state: { ...state, phase: 'cancelled' }, status: 'completed', commands: cancelJob(state) };
    case 'PipelineFailed': {
      const failure = `step ${data.step} failed: ${data.reason}`;
      return { state: { ...state, phase: 'failed' }, status: 'failed', failure, commands: cancelJob(state) };
    }
  }
}

/** A pipeline that has ended meanwhile has no use for the job. */
function takeJob(state: PipelineProcess): Reaction {
  const after = { ...state, hasJob: true };
  if (!isOver(state)) return { state: after, status: 'running' };
  return { state: after, status: statusOf(state), commands: cancelJob(after) };
}

function finishStep(
  state: PipelineProcess,
  event: RecordedEvent<Exclude<JobSignal, { type: 'JobCreated' }>>,
): Reaction {
  const { pipelineId, steps, step } = state;
  if (event.type !== 'JobCompleted') {
    const verb = event.type === 'JobFailed' ? 'failed' : 'was cancelled';
    return failStep(state, `job ${event.data.jobId} ${verb}: ${event.data.reason}`, event.data.reason);
  }
  const completed = { type: 'CompletePipelineStep', data: { pipelineId, step } } as const;
  if (step === steps.length) {
    return { state: { ...state, phase: 'completing' }, status: 'running', commands: [completed] };
  }
  return startStep({ ...state, step: step + 1, cause: event.eventId, hasJob: false }, [completed]);
}

function failStep(state: PipelineProcess, failure: string, reason: string): Reaction {
  const { pipelineId, step } = state;
  return {
    state: { ...state, phase: 'failed' },
    status: 'failed',
    failure,
    commands: [{ type: 'FailPipelineStep', data: { pipelineId, step, reason } }],
  };
}

function hearRefusal(state: PipelineProcess, { command, code, detail }: Refusal): Reaction | undefined {
  const failure = `${command.type} was refused: ${code}: ${detail}`;
  // Over already: a job that ended by itself need not be cancelled.
  if (command.type === 'CancelJob') return undefined;
  // Started by somebody else, or cancelled, which the job's own event tells: the step goes on.
  if (command.type === 'StartJob' && code === 'JOB_TRANSITION_REFUSED') return undefined;
  // Nothing to do any more, and what was to follow is not wanted either.
  if (isOver(state)) return { state, status: statusOf(state) };
  if (command.type !== 'CreateJob') return { state: { ...state, phase: 'failed' }, status: 'failed', failure };
  const { pipelineId, step } = state;
  const { commands = [], ...failed } = failStep(state, failure, `${command.type} was refused: ${code}`);
  // The step has not been started yet, and only one that was can fail.
  const start = { type: 'StartPipelineStep', data: { pipelineId, step, jobId: jobIdOf(state) } } as const;
  return { ...failed, commands: [start, ...commands] };
}

/** Of a job that is known to be there and to be its own: the id of another may have been taken by somebody. */
function cancelJob(state: PipelineProcess): readonly PipelineSagaCommand[] {
  if (!state.hasJob) return [];
  return [{ type: 'CancelJob', data: { jobId: jobIdOf(state), reason: `pipeline ${state.pipelineId} has ended` } }];
}

function isOwn(state: PipelineProcess, { data, causationId }: RecordedEvent<JobSignal>): boolean {
  return !state.hasJob && data.jobId === jobIdOf(state) && causationId === state.cause;
}

function isRunning(state: PipelineProcess, jobId: string): boolean {
  return state.phase === 'running' && state.hasJob && jobId === jobIdOf(state);
}

function isOver({ phase }: PipelineProcess): boolean {
  return phase === 'completed' || phase === 'cancelled' || phase === 'failed';
}

function statusOf({ phase }: PipelineProcess): 'completed' | 'failed' {
  return phase === 'failed' ? 'failed' : 'completed';
}
