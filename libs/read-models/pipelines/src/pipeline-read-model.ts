import { type PipelineEvent, PIPELINES_TOPIC, type PipelineStep } from '@millrace/contracts/pipelines';
import { MillraceError, type Projection, type RecordedEvent } from '@millrace/core';

/** Where a pipeline stands, as its read model tells it: `running` from its first step to its end. */
export type PipelineStatus = 'created' | 'running' | 'completed' | 'failed' | 'cancelled';

/** Where a step stands. Those that the end of the pipeline leaves undone are cancelled. */
export type PipelineStepStatus = 'pending' | 'running' | 'completed' | 'failed' | 'cancelled';

/** A step of a pipeline: what it runs and how far it is. */
export type PipelineStepState = PipelineStep & {
  readonly status: PipelineStepStatus;
  /** The job that does its work; null until it starts. */
  readonly jobId: string | null;
  /** Why it failed. */
  readonly reason: string | null;
};

type PipelineKey = { readonly tenant_id: string; readonly pipeline_id: string };

/** One pipeline with the states of its steps: table `pipeline_read_model`. */
export type PipelineReadModelRow = PipelineKey & {
  readonly name: string;
  readonly status: PipelineStatus;
  readonly steps: readonly PipelineStepState[];
  readonly created_at: string;
  readonly started_at: string | null;
  readonly completed_at: string | null;
  readonly failed_at: string | null;
  readonly cancelled_at: string | null;
  readonly failure_reason: string | null;
  readonly cancel_reason: string | null;
  readonly updated_at: string;
};

/** Answers: how far is this pipeline, and which pipelines have this status or name? */
export const pipelineReadModel: Projection<PipelineEvent, PipelineReadModelRow> = {
  name: 'pipeline-read-model-projection',
  table: 'pipeline_read_model',
  topics: [PIPELINES_TOPIC],
  keyColumns: ['tenant_id', 'pipeline_id'],
  rowPer: 'aggregate',
  key: pipelineKey,
  handlers: {
    PipelineCreated: (_row, event) => ({
      ...pipelineKey(event),
      name: event.data.name,
      status: 'created',
      steps: event.data.steps.map((step) => ({ ...step, status: 'pending', jobId: null, reason: null })),
      created_at: event.occurredAt,
      started_at: null,
      completed_at: null,
      failed_at: null,
      cancelled_at: null,
      failure_reason: null,
      cancel_reason: null,
      updated_at: event.occurredAt,
    }),
    PipelineStepStarted: (row, event) =>
      changed(row, event, ({ started_at, steps }) => ({
        status: 'running',
        started_at: started_at ?? event.occurredAt,
        steps: withStep(steps, event.data.step, { status: 'running', jobId: event.data.jobId }),
      })),
    PipelineStepCompleted: (row, event) =>
      changed(row, event, ({ steps }) => ({ steps: withStep(steps, event.data.step, { status: 'completed' }) })),
    PipelineStepFailed: (row, event) =>
      changed(row, event, ({ steps }) => ({
        steps: withStep(steps, event.data.step, { status: 'failed', reason: event.data.reason }),
      })),
    PipelineCompleted: (row, event) =>
      changed(row, event, () => ({ status: 'completed', completed_at: event.occurredAt })),
    PipelineFailed: (row, event) =>
      changed(row, event, ({ steps }) => ({
        status: 'failed',
        failed_at: event.occurredAt,
        failure_reason: event.data.reason,
        steps: steps.map(cancelUnended),
      })),
    PipelineCancelled: (row, event) =>
      changed(row, event, ({ steps }) => ({
        status: 'cancelled',
        cancelled_at: event.occurredAt,
        cancel_reason: event.data.reason,
        steps: steps.map(cancelUnended),
      })),
  },
};

function pipelineKey({ tenantId, aggregateId }: RecordedEvent<PipelineEvent>): PipelineKey {
  return { tenant_id: tenantId, pipeline_id: aggregateId };
}

/** @throws MillraceError `CORRUPT_STREAM` when no PipelineCreated came before */
function changed(
  row: PipelineReadModelRow | undefined,
  event: RecordedEvent<PipelineEvent>,
  change: (row: PipelineReadModelRow) => Partial<PipelineReadModelRow>,
): PipelineReadModelRow {
  if (!row) {
    const message = `${event.type} of pipeline ${event.aggregateId} has no PipelineCreated before it`;
    throw new MillraceError('CORRUPT_STREAM', message);
  }
  return { ...row, ...change(row), updated_at: event.occurredAt };
}

/** The steps with changes of one; events number them from 1. */
function withStep(
  steps: readonly PipelineStepState[],
  number: number,
  changes: Partial<PipelineStepState>,
): PipelineStepState[] {
  return steps.map((step, index) => (index === number - 1 ? { ...step, ...changes } : step));
}

function cancelUnended(step: PipelineStepState): PipelineStepState {
  return step.status === 'pending' || step.status === 'running' ? { ...step, status: 'cancelled' } : step;
}
