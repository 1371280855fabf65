import type {
  CompletePipelineStep,
  CreatePipeline,
  FailPipelineStep,
  PipelineCommand,
  PipelineEvent,
  StartPipelineStep,
} from '@millrace/contracts/pipelines';
import {
  accept,
  type Decider,
  type Decision,
  MillraceError,
  reject,
  rejectAbsent,
  rejectExisting,
  unreachable,
} from '@millrace/core';

/**
 * Where a pipeline stands. `absent` is the state before the first event; `running` while a step runs; `waiting` between
 * two steps.
 */
export type PipelineStatus = 'absent' | 'created' | 'running' | 'waiting' | 'completed' | 'failed' | 'cancelled';

/** What the rules need to know, and no more. */
export type Pipeline = {
  readonly status: PipelineStatus;
  /** How many steps it has. */
  readonly steps: number;
  /** Number of the step that was started last; 0 before the first. */
  readonly step: number;
};

/** Refusals of the pipeline rules; clients may rely on the codes. */
export type PipelineRejection =
  | 'PIPELINE_NOT_FOUND'
  | 'PIPELINE_ALREADY_EXISTS'
  | 'PIPELINE_WITHOUT_STEPS'
  | 'PIPELINE_INCOMPLETE'
  | 'PIPELINE_STEP_NOT_NEXT'
  | 'PIPELINE_STEP_NOT_RUNNING'
  | 'PIPELINE_TRANSITION_REFUSED';

type PipelineDecision = Decision<PipelineEvent, PipelineRejection>;

/**
 * The pipeline:
 *
 *     absent ─create▶ created ─start step 1▶ running ─complete last step▶ completed
 *                                            ▲  │  └──────fail step──────▶ failed
 *                                 start next step  complete step
 *                                            │  ▼
 *                                          waiting
 *
 *     created, running, waiting: ─cancel▶ cancelled
 *
 * Steps run one after the other, from 1 on; one that fails ends the pipeline. Completed, failed and cancelled are final.
 */
export const pipeline: Decider<Pipeline, PipelineCommand, PipelineEvent, PipelineRejection> = {
  aggregateType: 'pipeline',
  initialState: { status: 'absent', steps: 0, step: 0 },
  stateVersion: 1,

  decide(command, state) {
    const { type, data } = command;
    if (type === 'CreatePipeline') return create(data, state.status);
    if (state.status === 'absent')
      return rejectAbsent('PIPELINE_NOT_FOUND', `There is no pipeline ${data.pipelineId}.`);
    if (!allowed[type].includes(state.status)) return refuse(command, state.status);
    switch (type) {
      case 'StartPipelineStep':
        return startStep(data, state);
      case 'CompletePipelineStep':
        return completeStep(data, state);
      case 'FailPipelineStep':
        return failStep(data, state);
      case 'CancelPipeline':
        return accept({ type: 'PipelineCancelled', data });
      default:
        return unreachable(command);
    }
  },

  evolve(state, event) {
    if (state.status === 'absent' && event.type !== 'PipelineCreated') {
      throw new MillraceError('CORRUPT_STREAM', `a pipeline cannot begin with ${event.type}`, {
        facts: { pipelineId: event.data.pipelineId },
      });
    }
    switch (event.type) {
      case 'PipelineCreated':
        return { status: 'created', steps: event.data.steps.length, step: 0 };
      case 'PipelineStepStarted':
        return { ...state, status: 'running', step: event.data.step };
      case 'PipelineStepCompleted':
        return { ...state, status: 'waiting' };
      case 'PipelineStepFailed':
      case 'PipelineFailed':
        return { ...state, status: 'failed' };
      case 'PipelineCompleted':
        return { ...state, status: 'completed' };
      case 'PipelineCancelled':
        return { ...state, status: 'cancelled' };
      default:
        return unreachable(event);
    }
  },
};

/** From which statuses each command may start. */
const allowed: Readonly<Record<Exclude<PipelineCommand['type'], 'CreatePipeline'>, readonly PipelineStatus[]>> = {
  StartPipelineStep: ['created', 'waiting'],
  CompletePipelineStep: ['running'],
  FailPipelineStep: ['running'],
  CancelPipeline: ['created', 'running', 'waiting'],
};

function create(data: CreatePipeline['data'], status: PipelineStatus): PipelineDecision {
  const { pipelineId, name, steps } = data;
  if (status !== 'absent') return rejectExisting('PIPELINE_ALREADY_EXISTS', `Pipeline ${pipelineId} exists already.`);
  if (steps.length === 0) return reject('PIPELINE_WITHOUT_STEPS', 'A pipeline needs at least one step.');
  if (isBlank(name)) return reject('PIPELINE_INCOMPLETE', 'A pipeline needs a name.');
  // What a job would refuse must not wait for the step's turn to be refused.
  const bad = steps.findIndex((step) => [step.name, step.command, step.image].some(isBlank));
  if (bad >= 0) return reject('PIPELINE_INCOMPLETE', `Step ${bad + 1} needs a name, a command and an image.`);
  return accept({ type: 'PipelineCreated', data });
}

function startStep(data: StartPipelineStep['data'], { step, steps }: Pipeline): PipelineDecision {
  if (data.step === step + 1) return accept({ type: 'PipelineStepStarted', data });
  return reject('PIPELINE_STEP_NOT_NEXT', `Step ${data.step} cannot start: the next one is ${step + 1} of ${steps}.`);
}

/** The last step completes the pipeline too: two events, one decision, so that neither is ever without the other. */
function completeStep(data: CompletePipelineStep['data'], { step, steps }: Pipeline): PipelineDecision {
  if (data.step !== step) return refuseStep(data.step, step);
  const stepCompleted = { type: 'PipelineStepCompleted', data } as const;
  if (step < steps) return accept(stepCompleted);
  return accept<PipelineEvent>(stepCompleted, { type: 'PipelineCompleted', data: { pipelineId: data.pipelineId } });
}

function failStep(data: FailPipelineStep['data'], { step }: Pipeline): PipelineDecision {
  if (data.step !== step) return refuseStep(data.step, step);
  return accept<PipelineEvent>({ type: 'PipelineStepFailed', data }, { type: 'PipelineFailed', data });
}

function refuseStep(asked: number, running: number): PipelineDecision {
  return reject('PIPELINE_STEP_NOT_RUNNING', `Step ${asked} does not run: step ${running} does.`);
}

function refuse({ type, data }: PipelineCommand, status: PipelineStatus): PipelineDecision {
  return reject('PIPELINE_TRANSITION_REFUSED', `${type} is not possible: pipeline ${data.pipelineId} is ${status}.`);
}

const isBlank = (text: string) => text.trim() === '';
