/** A query-api on a real database with jobs in it. */
import type { JobEvent } from '@millrace/contracts/jobs';
import { jobReadModel } from '@millrace/jobs-read-models';

import { ReadSideFixture, type SpecStream } from '../read-side.fixture.ts';

/** One job of a spec. */
export type SpecJob = {
  readonly tenantId?: string;
  readonly jobId: string;
  readonly name?: string;
  readonly createdAt?: string;
};

/** What happens to a job, in short. */
export type Happening =
  'created' | 'started' | 'completed' | 'failed' | 'retried' | 'restarted' | 'cancelled' | 'labelled';

export class JobReadSide extends ReadSideFixture {
  /** Appends events to the store; the read model does not know them yet. */
  async store(job: SpecJob, ...happenings: Happening[]): Promise<void> {
    await this.append(streamOf(job), ...happenings.map((happening) => eventOf(job, happening)));
  }

  /** Folds all stored events of a job into the read model, as a batch would. */
  async projectJob(job: SpecJob): Promise<void> {
    await this.project([jobReadModel], streamOf(job));
  }

  async storeAndProject(job: SpecJob, ...happenings: Happening[]): Promise<void> {
    await this.store(job, ...happenings);
    await this.projectJob(job);
  }
}

function streamOf({ tenantId = 'acme', jobId, createdAt }: SpecJob): SpecStream {
  return { tenantId, aggregateType: 'job', aggregateId: jobId, ...(createdAt !== undefined && { createdAt }) };
}

function eventOf({ jobId, name = 'Process Data' }: SpecJob, happening: Happening): JobEvent {
  const events: Readonly<Record<Happening, JobEvent>> = {
    created: {
      type: 'JobCreated',
      data: { jobId, name, command: 'python process.py', image: 'python:3.9', metadata: { team: 'data' } },
    },
    started: { type: 'JobStarted', data: { jobId, attempt: 1 } },
    completed: { type: 'JobCompleted', data: { jobId } },
    failed: { type: 'JobFailed', data: { jobId, reason: 'exit code 1' } },
    retried: { type: 'JobRetried', data: { jobId, attempt: 2 } },
    restarted: { type: 'JobStarted', data: { jobId, attempt: 2 } },
    cancelled: { type: 'JobCancelled', data: { jobId, reason: 'not needed' } },
    labelled: { type: 'JobMetadataUpdated', data: { jobId, metadata: { team: 'ops' } } },
  };
  return events[happening];
}
