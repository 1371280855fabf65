import { describe, expect, test } from '@jest/globals';

import { inMemory } from '../command-api.fixture.ts';

const { api, memory } = inMemory();

const plan = { name: 'Process Data', command: 'python process.py', image: 'python:3.9' };

const commands = {
  create: (jobId: string) => api.command('/v1/jobs', { jobId, ...plan }),
  start: (jobId: string) => api.command(`/v1/jobs/${jobId}/start`),
  complete: (jobId: string) => api.command(`/v1/jobs/${jobId}/complete`),
  fail: (jobId: string) => api.command(`/v1/jobs/${jobId}/fail`, { reason: 'exit code 1' }),
  retry: (jobId: string) => api.command(`/v1/jobs/${jobId}/retry`),
  cancel: (jobId: string) => api.command(`/v1/jobs/${jobId}/cancel`, { reason: 'not needed' }),
  'update-metadata': (jobId: string) => api.command(`/v1/jobs/${jobId}/update-metadata`, { metadata: { team: 'ops' } }),
};
type CommandName = keyof typeof commands;
const names = Object.keys(commands) as CommandName[];

const ways = {
  absent: [],
  created: ['create'],
  running: ['create', 'start'],
  completed: ['create', 'start', 'complete'],
  failed: ['create', 'start', 'fail'],
  retried: ['create', 'start', 'fail', 'retry'],
  cancelled: ['create', 'cancel'],
} as const satisfies Record<string, readonly CommandName[]>;
type State = keyof typeof ways;

/** What is possible in each state; everything else is refused. */
const possible: Readonly<Record<State, readonly CommandName[]>> = {
  absent: ['create'],
  created: ['start', 'cancel', 'update-metadata'],
  running: ['complete', 'fail', 'cancel', 'update-metadata'],
  completed: [],
  failed: ['retry', 'cancel', 'update-metadata'],
  retried: ['start', 'cancel', 'update-metadata'],
  cancelled: [],
};

function expected(state: State, command: CommandName): string {
  if (possible[state].includes(command)) return command === 'create' ? '201' : '200';
  if (state === 'absent') return '404 JOB_NOT_FOUND';
  return command === 'create' ? '409 JOB_ALREADY_EXISTS' : '422 JOB_TRANSITION_REFUSED';
}

const cells = (Object.keys(ways) as State[]).flatMap((state) =>
  names.map((command) => [state, command, expected(state, command)] as const),
);

describe('JOB-21 ORD-76 T-28 every state × every command', () => {
  test.each(cells)('%s job, %s: %s', async (state, command, outcome) => {
    const jobId = `j-${state}-${command}`;
    for (const step of ways[state]) expect((await commands[step](jobId)).status).toBeLessThan(300);
    const before = memory.log.length;
    const { status, body } = await commands[command](jobId);
    expect(status < 300 ? String(status) : `${status} ${String(body['code'])}`).toBe(outcome);
    expect(memory.log.length).toBe(before + (status < 300 ? 1 : 0));
    expect(body).toMatchObject({
      aggregateId: jobId,
      version: ways[state].length + (status < 300 ? 1 : 0),
      ...(status >= 300 && { acknowledgment: 'rejected' }),
    });
  });

  test('a new job needs a name, a command and an image that are not blank', async () => {
    const before = memory.log.length;
    for (const field of ['name', 'command', 'image']) {
      const { [field as keyof typeof plan]: _left, ...rest } = plan;
      expect((await api.command('/v1/jobs', rest)).body).toMatchObject({
        status: 400,
        errors: [{ pointer: `/${field}` }],
      });
      expect(await api.command('/v1/jobs', { ...plan, [field]: '  ' })).toMatchObject({
        status: 422,
        body: { code: 'JOB_INCOMPLETE', detail: expect.stringContaining(field) },
      });
    }
    expect(memory.log.length).toBe(before);
  });
});
