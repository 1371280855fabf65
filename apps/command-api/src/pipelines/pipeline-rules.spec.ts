import { describe, expect, test } from '@jest/globals';

import { inMemory } from '../command-api.fixture.ts';

const { api, memory } = inMemory();

const steps = ['extract', 'load'].map((name) => ({ name, command: `run ${name}`, image: 'tools:1' }));
const asSaga = { authorization: 'Bearer acme.process' };
const saga = (pipelineId: string, verb: string, payload: object) =>
  api.command(`/v1/pipelines/${pipelineId}/${verb}`, payload, asSaga);

const commands = {
  create: (id: string) => api.command('/v1/pipelines', { pipelineId: id, name: 'Nightly', steps }),
  'start 1': (id: string) => saga(id, 'start-step', { step: 1, jobId: 'job-1' }),
  'start 2': (id: string) => saga(id, 'start-step', { step: 2, jobId: 'job-2' }),
  'start 3': (id: string) => saga(id, 'start-step', { step: 3, jobId: 'job-3' }),
  'complete 1': (id: string) => saga(id, 'complete-step', { step: 1 }),
  'complete 2': (id: string) => saga(id, 'complete-step', { step: 2 }),
  'fail 1': (id: string) => saga(id, 'fail-step', { step: 1, reason: 'exit code 1' }),
  'fail 2': (id: string) => saga(id, 'fail-step', { step: 2, reason: 'exit code 1' }),
  cancel: (id: string) => api.command(`/v1/pipelines/${id}/cancel`, { reason: 'not needed' }),
};
type CommandName = keyof typeof commands;
const names = Object.keys(commands) as CommandName[];

const ways = {
  absent: [],
  created: ['create'],
  'running-first': ['create', 'start 1'],
  waiting: ['create', 'start 1', 'complete 1'],
  'running-last': ['create', 'start 1', 'complete 1', 'start 2'],
  completed: ['create', 'start 1', 'complete 1', 'start 2', 'complete 2'],
  failed: ['create', 'start 1', 'fail 1'],
  cancelled: ['create', 'cancel'],
} as const satisfies Record<string, readonly CommandName[]>;
type State = keyof typeof ways;

const NEXT = '422 PIPELINE_STEP_NOT_NEXT';
const RUNNING = '422 PIPELINE_STEP_NOT_RUNNING';

/** What is possible in each state with how many events, and what a step of another number is told. */
const answers: Readonly<Record<State, Readonly<Partial<Record<CommandName, number | string>>>>> = {
  absent: { create: 1 },
  created: { 'start 1': 1, 'start 2': NEXT, 'start 3': NEXT, cancel: 1 },
  'running-first': { 'complete 1': 1, 'complete 2': RUNNING, 'fail 1': 2, 'fail 2': RUNNING, cancel: 1 },
  waiting: { 'start 1': NEXT, 'start 2': 1, 'start 3': NEXT, cancel: 1 },
  'running-last': { 'complete 1': RUNNING, 'complete 2': 2, 'fail 1': RUNNING, 'fail 2': 2, cancel: 1 },
  completed: {},
  failed: {},
  cancelled: {},
};

function refusal(state: State, command: CommandName): string {
  if (state === 'absent') return '404 PIPELINE_NOT_FOUND';
  return command === 'create' ? '409 PIPELINE_ALREADY_EXISTS' : '422 PIPELINE_TRANSITION_REFUSED';
}

const cells = (Object.keys(ways) as State[]).flatMap((state) =>
  names.map((command) => [state, command, answers[state][command] ?? refusal(state, command)] as const),
);

describe('JOB-39 every state × every command', () => {
  test.each(cells)('%s pipeline, %s: %s', async (state, command, outcome) => {
    const pipelineId = `p-${state}-${command.replace(' ', '-')}`;
    for (const step of ways[state]) expect((await commands[step](pipelineId)).status).toBeLessThan(300);
    const before = memory.log.length;
    const { status, body } = await commands[command](pipelineId);
    const stored = memory.log.length - before;
    expect(status < 300 ? stored : `${status} ${String(body['code'])}`).toBe(outcome);
    expect(stored).toBe(status < 300 ? outcome : 0);
  });
});
