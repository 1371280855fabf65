/** A row as clients see it. Members without a value are left out. */
import type { PipelineReadModelRow, PipelineStepState } from '@millrace/pipelines-read-models';
import type { Versioned } from '@millrace/queries';

export function pipelineView(row: Versioned<PipelineReadModelRow>) {
  return {
    pipelineId: row.pipeline_id,
    tenantId: row.tenant_id,
    name: row.name,
    status: row.status,
    steps: row.steps.map(stepView),
    failureReason: row.failure_reason ?? undefined,
    cancelReason: row.cancel_reason ?? undefined,
    createdAt: row.created_at,
    startedAt: row.started_at ?? undefined,
    completedAt: row.completed_at ?? undefined,
    failedAt: row.failed_at ?? undefined,
    cancelledAt: row.cancelled_at ?? undefined,
    updatedAt: row.updated_at,
    version: row.version,
  };
}

function stepView({ jobId, reason, ...step }: PipelineStepState, index: number) {
  return { step: index + 1, ...step, jobId: jobId ?? undefined, reason: reason ?? undefined };
}
