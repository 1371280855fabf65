/** A row as clients see it. Members without a value are left out. */
import type { JobReadModelRow } from '@millrace/jobs-read-models';
import type { Versioned } from '@millrace/queries';

export function jobView(row: Versioned<JobReadModelRow>) {
  return {
    jobId: row.job_id,
    tenantId: row.tenant_id,
    name: row.name,
    command: row.command,
    image: row.image,
    status: row.status,
    metadata: row.metadata,
    attempts: row.attempts,
    failureReason: row.failure_reason ?? undefined,
    cancelReason: row.cancel_reason ?? undefined,
    createdAt: row.created_at,
    startedAt: row.started_at ?? undefined,
    completedAt: row.completed_at ?? undefined,
    failedAt: row.failed_at ?? undefined,
    retriedAt: row.retried_at ?? undefined,
    cancelledAt: row.cancelled_at ?? undefined,
    updatedAt: row.updated_at,
    version: row.version,
  };
}
