import { describe, expect, it } from '@jest/globals';
import type { PipelineCommand, PipelineEvent } from '@millrace/contracts/pipelines';
import { given, specContext } from '@millrace/core/testing';
import fc from 'fast-check';

import { type Pipeline, pipeline, type PipelineRejection, type PipelineStatus } from './index.ts';

const pipelineId = 'p-1';
const steps = ['extract', 'load'].map((name) => ({ name, command: `run ${name}`, image: 'tools:1' }));
const reason = 'exit code 1';

const created: PipelineEvent = { type: 'PipelineCreated', data: { pipelineId, name: 'Nightly', steps } };
const started = (step: number): PipelineEvent => ({
  type: 'PipelineStepStarted',
  data: { pipelineId, step, jobId: `job-${step}` },
});
const stepCompleted = (step: number): PipelineEvent => ({ type: 'PipelineStepCompleted', data: { pipelineId, step } });
const stepFailed = (step: number): PipelineEvent => ({
  type: 'PipelineStepFailed',
  data: { pipelineId, step, reason },
});
const failed = (step: number): PipelineEvent => ({ type: 'PipelineFailed', data: { pipelineId, step, reason } });
const completed: PipelineEvent = { type: 'PipelineCompleted', data: { pipelineId } };
const cancelled: PipelineEvent = { type: 'PipelineCancelled', data: { pipelineId, reason: 'not needed' } };

const first = [created, started(1)];
const last = [...first, stepCompleted(1), started(2)];
const histories = {
  absent: [],
  created: [created],
  'running the first step': first,
  waiting: [...first, stepCompleted(1)],
  'running the last step': last,
  completed: [...last, stepCompleted(2), completed],
  failed: [...first, stepFailed(1), failed(1)],
  cancelled: [created, cancelled],
} as const satisfies Record<string, PipelineEvent[]>;
type State = keyof typeof histories;

const start = (step: number): PipelineCommand => ({
  type: 'StartPipelineStep',
  data: { pipelineId, step, jobId: `job-${step}` },
});
const complete = (step: number): PipelineCommand => ({ type: 'CompletePipelineStep', data: { pipelineId, step } });
const fail = (step: number): PipelineCommand => ({ type: 'FailPipelineStep', data: { pipelineId, step, reason } });

const commands = {
  create: { type: 'CreatePipeline', data: { pipelineId, name: 'Nightly', steps } },
  'start step 1': start(1),
  'start step 2': start(2),
  'start step 3': start(3),
  'complete step 1': complete(1),
  'complete step 2': complete(2),
  'fail step 1': fail(1),
  'fail step 2': fail(2),
  cancel: { type: 'CancelPipeline', data: { pipelineId, reason: 'not needed' } },
} as const satisfies Record<string, PipelineCommand>;
type CommandName = keyof typeof commands;

type Outcome = PipelineEvent[] | PipelineRejection;

const no = 'PIPELINE_TRANSITION_REFUSED';
const notNext = 'PIPELINE_STEP_NOT_NEXT';
const notRunning = 'PIPELINE_STEP_NOT_RUNNING';
const exists = 'PIPELINE_ALREADY_EXISTS';

const ended: Record<CommandName, Outcome> = {
  create: exists,
  'start step 1': no,
  'start step 2': no,
  'start step 3': no,
  'complete step 1': no,
  'complete step 2': no,
  'fail step 1': no,
  'fail step 2': no,
  cancel: no,
};

const absent = 'PIPELINE_NOT_FOUND';

/** The whole transition table of a pipeline of two steps: what each command does in each state. */
const matrix: Record<State, Record<CommandName, Outcome>> = {
  absent: {
    create: [created],
    'start step 1': absent,
    'start step 2': absent,
    'start step 3': absent,
    'complete step 1': absent,
    'complete step 2': absent,
    'fail step 1': absent,
    'fail step 2': absent,
    cancel: absent,
  },
  created: {
    ...ended,
    'start step 1': [started(1)],
    'start step 2': notNext,
    'start step 3': notNext,
    cancel: [cancelled],
  },
  'running the first step': {
    ...ended,
    'complete step 1': [stepCompleted(1)],
    'complete step 2': notRunning,
    'fail step 1': [stepFailed(1), failed(1)],
    'fail step 2': notRunning,
    cancel: [cancelled],
  },
  waiting: {
    ...ended,
    'start step 1': notNext,
    'start step 2': [started(2)],
    'start step 3': notNext,
    cancel: [cancelled],
  },
  'running the last step': {
    ...ended,
    'complete step 1': notRunning,
    'complete step 2': [stepCompleted(2), completed],
    'fail step 1': notRunning,
    'fail step 2': [stepFailed(2), failed(2)],
    cancel: [cancelled],
  },
  completed: ended,
  failed: ended,
  cancelled: ended,
};

const pairs = Object.entries(matrix).flatMap(([state, row]) =>
  Object.entries(row).map(([command, outcome]) => ({
    state: state as State,
    command: command as CommandName,
    outcome,
  })),
);

const fold = (events: readonly PipelineEvent[]): Pipeline =>
  events.reduce((state, event) => pipeline.evolve(state, event), pipeline.initialState);

describe('pipeline', () => {
  it.each(pairs)('JOB-39 ORD-80 $command when $state', ({ command, state, outcome }) => {
    const result = given(pipeline)(...histories[state]).when(commands[command]);
    if (typeof outcome === 'string') result.thenRejected(outcome);
    else result.then(...outcome);
  });

  it('JOB-39 a pipeline of one step completes with it', () => {
    const single: PipelineEvent = {
      type: 'PipelineCreated',
      data: { pipelineId, name: 'One', steps: steps.slice(0, 1) },
    };
    given(pipeline)(single, started(1)).when(complete(1)).then(stepCompleted(1), completed);
  });

  it('JOB-39 a pipeline without steps is refused', () => {
    given(pipeline)()
      .when({ type: 'CreatePipeline', data: { pipelineId, name: 'Nightly', steps: [] } })
      .thenRejected('PIPELINE_WITHOUT_STEPS');
  });

  it.each(['name', 'command', 'image'])('JOB-39 a step with a blank %s is refused, with its number', (field) => {
    const bad = [steps[0]!, { ...steps[1]!, [field]: ' ' }];
    const { decision } = given(pipeline)().when({
      type: 'CreatePipeline',
      data: { pipelineId, name: 'Nightly', steps: bad },
    });
    expect(decision).toMatchObject({ code: 'PIPELINE_INCOMPLETE', detail: expect.stringContaining('Step 2') });
  });

  it('JOB-39 a pipeline with a blank name is refused', () => {
    given(pipeline)()
      .when({ type: 'CreatePipeline', data: { pipelineId, name: '', steps } })
      .thenRejected('PIPELINE_INCOMPLETE');
  });

  it('a pipeline begins with PipelineCreated and with nothing else', () => {
    expect(() => pipeline.evolve(pipeline.initialState, completed)).toThrow(
      'a pipeline cannot begin with PipelineCompleted',
    );
  });
});

const later = [
  started(1),
  started(2),
  stepCompleted(1),
  stepCompleted(2),
  stepFailed(1),
  failed(1),
  completed,
  cancelled,
];
const anyRun = fc.array(fc.constantFrom<PipelineCommand>(...Object.values(commands)), { maxLength: 60 });

describe('pipeline, whatever happens', () => {
  it('T-26 evolve takes events in any order and changes neither them nor former states', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...later), { maxLength: 20 }), (events) => {
        const frozen = [created, ...events].map((event) => deepFreeze(structuredClone(event)));
        let state = Object.freeze(pipeline.initialState);
        for (const event of frozen) state = Object.freeze(pipeline.evolve(state, event));
        expect(frozen).toEqual([created, ...events]);
        expect(pipeline.initialState).toEqual({ status: 'absent', steps: 0, step: 0 });
      }),
    );
  });

  it('JOB-39 no run of commands leaves the drawn transitions, skips a step or runs two; a replay leads to the same state', () => {
    const next: Record<PipelineStatus, readonly PipelineStatus[]> = {
      absent: ['created'],
      created: ['running', 'cancelled'],
      running: ['waiting', 'completed', 'failed', 'cancelled'],
      waiting: ['running', 'cancelled'],
      completed: [],
      failed: [],
      cancelled: [],
    };
    fc.assert(
      fc.property(anyRun, (run) => {
        let state = pipeline.initialState;
        const stored: PipelineEvent[] = [];
        for (const command of run) {
          const decision = pipeline.decide(command, state, specContext);
          if (decision.outcome === 'rejected') continue;
          const after = decision.events.reduce((folded, event) => pipeline.evolve(folded, event), state);
          expect(next[state.status]).toContain(after.status);
          state = after;
          stored.push(...decision.events);
        }
        expect(fold(JSON.parse(JSON.stringify(stored)) as PipelineEvent[])).toEqual(state);
        const begun = stored.flatMap(({ type, data }) => (type === 'PipelineStepStarted' ? [data.step] : []));
        expect(begun).toEqual([1, 2].slice(0, begun.length));
        const done = stored.flatMap(({ type, data }) => (type === 'PipelineStepCompleted' ? [data.step] : []));
        expect(done).toEqual(begun.slice(0, done.length));
        expect(stored.some(({ type }) => type === 'PipelineCompleted')).toBe(done.length === steps.length);
      }),
    );
  });
});

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) for (const part of Object.values(value)) deepFreeze(part);
  return Object.freeze(value);
}
