import { type JobEvent, type JobMetadata, JOBS_TOPIC } from '@millrace/contracts/jobs';
import { MillraceError, type Projection, type RecordedEvent } from '@millrace/core';

/** Where a job stands, as its read model tells it. */
export type JobStatus = 'created' | 'running' | 'completed' | 'failed' | 'retried' | 'cancelled';

type JobKey = { readonly tenant_id: string; readonly job_id: string };

/** One job with everything known about it: table `job_read_model`. */
export type JobReadModelRow = JobKey & {
  readonly name: string;
  readonly command: string;
  readonly image: string;
  readonly status: JobStatus;
  readonly metadata: JobMetadata;
  /** How many attempts have been started. */
  readonly attempts: number;
  readonly created_at: string;
  // The last time of each transition: a job that was retried has started more than once.
  readonly started_at: string | null;
  readonly completed_at: string | null;
  readonly failed_at: string | null;
  readonly retried_at: string | null;
  readonly cancelled_at: string | null;
  /** Why the last attempt that failed did. */
  readonly failure_reason: string | null;
  readonly cancel_reason: string | null;
  readonly updated_at: string;
};

/** Answers: what does this job look like, and which jobs have this status or name? */
export const jobReadModel: Projection<JobEvent, JobReadModelRow> = {
  name: 'job-read-model-projection',
  table: 'job_read_model',
  topics: [JOBS_TOPIC],
  keyColumns: ['tenant_id', 'job_id'],
  rowPer: 'aggregate',
  key: jobKey,
  handlers: {
    JobCreated: (_row, event) => ({
      ...jobKey(event),
      name: event.data.name,
      command: event.data.command,
      image: event.data.image,
      status: 'created',
      metadata: event.data.metadata,
      attempts: 0,
      created_at: event.occurredAt,
      started_at: null,
      completed_at: null,
      failed_at: null,
      retried_at: null,
      cancelled_at: null,
      failure_reason: null,
      cancel_reason: null,
      updated_at: event.occurredAt,
    }),
    JobStarted: (row, event) =>
      changed(row, event, { status: 'running', started_at: event.occurredAt, attempts: event.data.attempt }),
    JobCompleted: (row, event) => changed(row, event, { status: 'completed', completed_at: event.occurredAt }),
    JobFailed: (row, event) =>
      changed(row, event, { status: 'failed', failed_at: event.occurredAt, failure_reason: event.data.reason }),
    JobRetried: (row, event) => changed(row, event, { status: 'retried', retried_at: event.occurredAt }),
    JobCancelled: (row, event) =>
      changed(row, event, { status: 'cancelled', cancelled_at: event.occurredAt, cancel_reason: event.data.reason }),
    JobMetadataUpdated: (row, event) => changed(row, event, { metadata: event.data.metadata }),
  },
};

function jobKey({ tenantId, aggregateId }: RecordedEvent<JobEvent>): JobKey {
  return { tenant_id: tenantId, job_id: aggregateId };
}

/** @throws MillraceError `CORRUPT_STREAM` when no JobCreated came before */
function changed(
  row: JobReadModelRow | undefined,
  event: RecordedEvent<JobEvent>,
  changes: Partial<JobReadModelRow>,
): JobReadModelRow {
  if (!row) {
    throw new MillraceError('CORRUPT_STREAM', `${event.type} of job ${event.aggregateId} has no JobCreated before it`);
  }
  return { ...row, ...changes, updated_at: event.occurredAt };
}
