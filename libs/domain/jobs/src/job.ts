import type { CreateJob, JobCommand, JobEvent } from '@millrace/contracts/jobs';
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

/** Where a job stands. `absent` is the state before the first event. */
export type JobStatus = 'absent' | 'created' | 'running' | 'completed' | 'failed' | 'retried' | 'cancelled';

/** What the rules need to know, and no more. */
export type Job = {
  readonly status: JobStatus;
  /** Number of the attempt that runs, has ended or is next; 0 while there is no job. */
  readonly attempt: number;
};

/** Refusals of the job rules; clients may rely on the codes. */
export type JobRejection = 'JOB_NOT_FOUND' | 'JOB_ALREADY_EXISTS' | 'JOB_INCOMPLETE' | 'JOB_TRANSITION_REFUSED';

type JobDecision = Decision<JobEvent, JobRejection>;

/**
 * The job:
 *
 *     absent ─create▶ created ─start▶ running ─complete▶ completed
 *                                     ▲     │
 *                                   start  fail
 *                                     │     ▼
 *                                 retried ◀─retry─ failed
 *
 *     created, running, failed, retried: ─cancel▶ cancelled, ⟲ update metadata
 *
 * Completed and cancelled are final; failed is not. A transition that is not drawn is refused, a repeated one too.
 */
export const job: Decider<Job, JobCommand, JobEvent, JobRejection> = {
  aggregateType: 'job',
  initialState: { status: 'absent', attempt: 0 },
  stateVersion: 1,

  decide(command, { status, attempt }) {
    if (command.type === 'CreateJob') return create(command.data, status);
    if (status === 'absent') return rejectAbsent('JOB_NOT_FOUND', `There is no job ${command.data.jobId}.`);
    if (!allowed[command.type].includes(status)) return refuse(command, status);
    switch (command.type) {
      case 'StartJob':
        return accept({ type: 'JobStarted', data: { ...command.data, attempt } });
      case 'CompleteJob':
        return accept({ type: 'JobCompleted', data: command.data });
      case 'FailJob':
        return accept({ type: 'JobFailed', data: command.data });
      case 'RetryJob':
        return accept({ type: 'JobRetried', data: { ...command.data, attempt: attempt + 1 } });
      case 'CancelJob':
        return accept({ type: 'JobCancelled', data: command.data });
      case 'UpdateJobMetadata':
        return accept({ type: 'JobMetadataUpdated', data: command.data });
      default:
        return unreachable(command);
    }
  },

  evolve(state, event) {
    if (state.status === 'absent' && event.type !== 'JobCreated') {
      throw new MillraceError('CORRUPT_STREAM', `a job cannot begin with ${event.type}`, {
        facts: { jobId: event.data.jobId },
      });
    }
    switch (event.type) {
      case 'JobCreated':
        return { status: 'created', attempt: 1 };
      case 'JobStarted':
        return { status: 'running', attempt: event.data.attempt };
      case 'JobCompleted':
        return { ...state, status: 'completed' };
      case 'JobFailed':
        return { ...state, status: 'failed' };
      case 'JobRetried':
        return { status: 'retried', attempt: event.data.attempt };
      case 'JobCancelled':
        return { ...state, status: 'cancelled' };
      case 'JobMetadataUpdated':
        return state;
      default:
        return unreachable(event);
    }
  },
};

const NOT_FINAL: readonly JobStatus[] = ['created', 'running', 'failed', 'retried'];

/** From which statuses each command may start. */
const allowed: Readonly<Record<Exclude<JobCommand['type'], 'CreateJob'>, readonly JobStatus[]>> = {
  StartJob: ['created', 'retried'],
  CompleteJob: ['running'],
  FailJob: ['running'],
  RetryJob: ['failed'],
  CancelJob: NOT_FINAL,
  UpdateJobMetadata: NOT_FINAL,
};

function create(data: CreateJob['data'], status: JobStatus): JobDecision {
  if (status !== 'absent') return rejectExisting('JOB_ALREADY_EXISTS', `Job ${data.jobId} exists already.`);
  const blank = (['name', 'command', 'image'] as const).find((field) => data[field].trim() === '');
  if (blank) return reject('JOB_INCOMPLETE', `A job needs a ${blank}.`);
  return accept({ type: 'JobCreated', data });
}

function refuse({ type, data }: JobCommand, status: JobStatus): JobDecision {
  return reject('JOB_TRANSITION_REFUSED', `${type} is not possible: job ${data.jobId} is ${status}.`);
}
