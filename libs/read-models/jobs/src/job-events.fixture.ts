/** The life of jobs as events, for specs. */
import { createHash } from 'node:crypto';

import { type JobEvent, jobEvents } from '@millrace/contracts/jobs';
import type { RecordedEvent } from '@millrace/core';

/** Each thing that can happen to job `jobId`. */
export const happenings = (jobId: string) =>
  ({
    created: {
      type: 'JobCreated',
      data: {
        jobId,
        name: 'Process Data',
        command: 'python process.py',
        image: 'python:3.9',
        metadata: { team: 'data', owner: 'carol' },
      },
    },
    started: { type: 'JobStarted', data: { jobId, attempt: 1 } },
    failed: { type: 'JobFailed', data: { jobId, reason: 'exit code 1' } },
    retried: { type: 'JobRetried', data: { jobId, attempt: 2 } },
    restarted: { type: 'JobStarted', data: { jobId, attempt: 2 } },
    completed: { type: 'JobCompleted', data: { jobId } },
    cancelled: { type: 'JobCancelled', data: { jobId, reason: 'not needed' } },
    labelled: { type: 'JobMetadataUpdated', data: { jobId, metadata: { team: 'ops' } } },
  }) as const satisfies Record<string, JobEvent>;

/** What happened, by the names of `happenings`. */
export type Happening = keyof ReturnType<typeof happenings>;

/** A job's events one hour apart, the first at midnight; ids follow from job and position. */
export function jobHistory(jobId: string, names: readonly Happening[]): RecordedEvent<JobEvent>[] {
  return names.map((name, index) => {
    const event: JobEvent = happenings(jobId)[name];
    return {
      ...event,
      tenantId: 'acme',
      aggregateType: 'job',
      aggregateId: jobId,
      sequenceNumber: index + 1,
      eventId: idOf(`${jobId} ${index + 1}`),
      eventVersion: jobEvents.currentVersion(event.type),
      occurredAt: hour(index),
      correlationId: 'correlation',
      causationId: 'command',
      userId: 'alice',
      sessionId: 'session',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      metadata: {},
    };
  });
}

/** The hour at which event `index` of a job occurred. */
export function hour(index: number): string {
  return new Date(Date.UTC(2026, 0, 2, index)).toISOString();
}

function idOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-');
}
