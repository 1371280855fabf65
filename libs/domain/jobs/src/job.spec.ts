import { describe, expect, it } from '@jest/globals';
import type { JobCommand, JobEvent } from '@millrace/contracts/jobs';
import { given, specContext } from '@millrace/core/testing';
import fc from 'fast-check';

import { type Job, job, type JobRejection, type JobStatus } from './index.ts';

const jobId = 'j-1';
const plan = { name: 'Process Data', command: 'python process.py', image: 'python:3.9', metadata: { team: 'data' } };

const created: JobEvent = { type: 'JobCreated', data: { jobId, ...plan } };
const started = (attempt: number): JobEvent => ({ type: 'JobStarted', data: { jobId, attempt } });
const completed: JobEvent = { type: 'JobCompleted', data: { jobId } };
const failed: JobEvent = { type: 'JobFailed', data: { jobId, reason: 'exit code 1' } };
const retried = (attempt: number): JobEvent => ({ type: 'JobRetried', data: { jobId, attempt } });
const cancelled: JobEvent = { type: 'JobCancelled', data: { jobId, reason: 'not needed' } };
const labelled: JobEvent = { type: 'JobMetadataUpdated', data: { jobId, metadata: { team: 'ops' } } };

const histories: Record<JobStatus, JobEvent[]> = {
  absent: [],
  created: [created],
  running: [created, started(1)],
  completed: [created, started(1), completed],
  failed: [created, started(1), failed],
  retried: [created, started(1), failed, retried(2)],
  cancelled: [created, cancelled],
};

const commands: Record<JobCommand['type'], JobCommand> = {
  CreateJob: { type: 'CreateJob', data: { jobId, ...plan } },
  StartJob: { type: 'StartJob', data: { jobId } },
  CompleteJob: { type: 'CompleteJob', data: { jobId } },
  FailJob: { type: 'FailJob', data: { jobId, reason: 'exit code 1' } },
  RetryJob: { type: 'RetryJob', data: { jobId } },
  CancelJob: { type: 'CancelJob', data: { jobId, reason: 'not needed' } },
  UpdateJobMetadata: { type: 'UpdateJobMetadata', data: { jobId, metadata: { team: 'ops' } } },
};

type Outcome = JobEvent | JobRejection;

const no = 'JOB_TRANSITION_REFUSED';
const exists = 'JOB_ALREADY_EXISTS';
const absent = 'JOB_NOT_FOUND';

/** The whole transition table: what each command does in each state. */
const matrix: Record<JobStatus, Record<JobCommand['type'], Outcome>> = {
  absent: {
    CreateJob: created,
    StartJob: absent,
    CompleteJob: absent,
    FailJob: absent,
    RetryJob: absent,
    CancelJob: absent,
    UpdateJobMetadata: absent,
  },
  created: {
    CreateJob: exists,
    StartJob: started(1),
    CompleteJob: no,
    FailJob: no,
    RetryJob: no,
    CancelJob: cancelled,
    UpdateJobMetadata: labelled,
  },
  running: {
    CreateJob: exists,
    StartJob: no,
    CompleteJob: completed,
    FailJob: failed,
    RetryJob: no,
    CancelJob: cancelled,
    UpdateJobMetadata: labelled,
  },
  completed: {
    CreateJob: exists,
    StartJob: no,
    CompleteJob: no,
    FailJob: no,
    RetryJob: no,
    CancelJob: no,
    UpdateJobMetadata: no,
  },
  failed: {
    CreateJob: exists,
    StartJob: no,
    CompleteJob: no,
    FailJob: no,
    RetryJob: retried(2),
    CancelJob: cancelled,
    UpdateJobMetadata: labelled,
  },
  retried: {
    CreateJob: exists,
    StartJob: started(2),
    CompleteJob: no,
    FailJob: no,
    RetryJob: no,
    CancelJob: cancelled,
    UpdateJobMetadata: labelled,
  },
  cancelled: {
    CreateJob: exists,
    StartJob: no,
    CompleteJob: no,
    FailJob: no,
    RetryJob: no,
    CancelJob: no,
    UpdateJobMetadata: no,
  },
};

const pairs = Object.entries(matrix).flatMap(([status, row]) =>
  Object.entries(row).map(([type, outcome]) => ({
    type: type as JobCommand['type'],
    status: status as JobStatus,
    outcome,
  })),
);

const fold = (events: readonly JobEvent[]): Job =>
  events.reduce((state, event) => job.evolve(state, event), job.initialState);

describe('job', () => {
  it.each(pairs)('JOB-21 ORD-80 T-28 $type when $status', ({ type, status, outcome }) => {
    const result = given(job)(...histories[status]).when(commands[type]);
    if (typeof outcome === 'string') result.thenRejected(outcome);
    else result.then(outcome);
  });

  it.each(['name', 'command', 'image'])('JOB-21 a job with a blank %s is refused', (field) => {
    given(job)()
      .when({ type: 'CreateJob', data: { jobId, ...plan, [field]: ' \t' } })
      .thenRejected('JOB_INCOMPLETE');
  });

  it('JOB-18 each retry raises the number of the attempt', () => {
    const history = [created, started(1), failed, retried(2), started(2), failed];
    given(job)(...history)
      .when(commands.RetryJob)
      .then(retried(3));
    given(job)(...history, retried(3))
      .when(commands.StartJob)
      .then(started(3));
  });

  it('JOB-20 new metadata change neither status nor attempt', () => {
    for (const history of Object.values(histories).filter(({ length }) => length > 0)) {
      expect(fold([...history, labelled])).toEqual(fold(history));
    }
  });

  it('a job begins with JobCreated and with nothing else', () => {
    expect(() => job.evolve(job.initialState, completed)).toThrow('a job cannot begin with JobCompleted');
  });
});

const anyEvent = fc.constantFrom(started(1), started(2), completed, failed, retried(2), cancelled, labelled);
const anyRun = fc.array(fc.constantFrom(...Object.values(commands)), { maxLength: 40 });

/** The state that a run of commands leads to, and what it stored. */
function play(run: readonly JobCommand[]): { state: Job; stored: JobEvent[] } {
  let state = job.initialState;
  const stored: JobEvent[] = [];
  for (const command of run) {
    const decision = job.decide(command, state, specContext);
    if (decision.outcome === 'rejected') continue;
    for (const event of decision.events) state = job.evolve(state, event);
    stored.push(...decision.events);
  }
  return { state, stored };
}

describe('job, whatever happens', () => {
  it('JOB-22 a replay of the stored events, also through JSON, leads to the state that was decided on', () => {
    fc.assert(
      fc.property(anyRun, (run) => {
        const { state, stored } = play(run);
        expect(fold(JSON.parse(JSON.stringify(stored)) as JobEvent[])).toEqual(state);
      }),
    );
  });

  it('JOB-22 a replay from a state in the middle leads to the same as one from the start', () => {
    fc.assert(
      fc.property(anyRun, fc.nat(), (run, cut) => {
        const { state, stored } = play(run);
        const at = cut % (stored.length + 1);
        const middle = JSON.parse(JSON.stringify(fold(stored.slice(0, at)))) as Job;
        expect(stored.slice(at).reduce((folded, event) => job.evolve(folded, event), middle)).toEqual(state);
      }),
    );
  });

  it('JOB-23 neither events nor former states nor commands are changed', () => {
    fc.assert(
      fc.property(
        fc.array(anyEvent, { maxLength: 10 }),
        fc.constantFrom(...Object.values(commands)),
        (events, command) => {
          const frozen = [created, ...events].map((event) => deepFreeze(structuredClone(event)));
          let state = Object.freeze(job.initialState);
          for (const event of frozen) {
            const before = JSON.stringify(state);
            const next = Object.freeze(job.evolve(state, event));
            expect(JSON.stringify(state)).toBe(before);
            expect(job.evolve(state, event)).toEqual(next);
            state = next;
          }
          const first = job.decide(deepFreeze(structuredClone(command)), state, specContext);
          expect(job.decide(command, state, specContext)).toEqual(first);
          expect(frozen).toEqual([created, ...events]);
        },
      ),
    );
  });

  it('T-26 evolve takes events in any order: rules are for decide alone', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 20 }), (events) => {
        expect(() => fold([created, ...events])).not.toThrow();
      }),
    );
  });

  it('JOB-21 no run of commands leaves the transition table, and attempts are numbered without a gap', () => {
    const next: Record<JobStatus, readonly JobStatus[]> = {
      absent: ['created'],
      created: ['created', 'running', 'cancelled'],
      running: ['running', 'completed', 'failed', 'cancelled'],
      completed: [],
      failed: ['failed', 'retried', 'cancelled'],
      retried: ['retried', 'running', 'cancelled'],
      cancelled: [],
    };
    fc.assert(
      fc.property(anyRun, (run) => {
        const { stored } = play(run);
        for (const [index] of stored.entries()) {
          expect(next[fold(stored.slice(0, index)).status]).toContain(fold(stored.slice(0, index + 1)).status);
        }
        const attempts = stored.flatMap(({ type, data }) => (type === 'JobStarted' ? [data.attempt] : []));
        expect(attempts).toEqual(attempts.map((_attempt, index) => index + 1));
      }),
    );
  });
});

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) for (const part of Object.values(value)) deepFreeze(part);
  return Object.freeze(value);
}
