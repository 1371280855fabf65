/** The life of pipelines as events, for specs. */
import { createHash } from 'node:crypto';

import { type PipelineEvent, pipelineEvents } from '@millrace/contracts/pipelines';
import type { RecordedEvent } from '@millrace/core';

export const steps = ['extract', 'load'].map((name) => ({ name, command: `run ${name}`, image: 'tools:1' }));

/** Each thing that can happen to pipeline `pipelineId`, which has two steps. */
export const happenings = (pipelineId: string) =>
  ({
    created: { type: 'PipelineCreated', data: { pipelineId, name: 'Nightly', steps } },
    started1: { type: 'PipelineStepStarted', data: { pipelineId, step: 1, jobId: 'job-1' } },
    completed1: { type: 'PipelineStepCompleted', data: { pipelineId, step: 1 } },
    started2: { type: 'PipelineStepStarted', data: { pipelineId, step: 2, jobId: 'job-2' } },
    completed2: { type: 'PipelineStepCompleted', data: { pipelineId, step: 2 } },
    stepFailed1: { type: 'PipelineStepFailed', data: { pipelineId, step: 1, reason: 'exit code 1' } },
    failed1: { type: 'PipelineFailed', data: { pipelineId, step: 1, reason: 'exit code 1' } },
    completed: { type: 'PipelineCompleted', data: { pipelineId } },
    cancelled: { type: 'PipelineCancelled', data: { pipelineId, reason: 'not needed' } },
  }) as const satisfies Record<string, PipelineEvent>;

/** What happened, by the names of `happenings`. */
export type Happening = keyof ReturnType<typeof happenings>;

/** A pipeline's events one hour apart, the first at midnight; ids follow from pipeline and position. */
export function pipelineHistory(pipelineId: string, names: readonly Happening[]): RecordedEvent<PipelineEvent>[] {
  return names.map((name, index) => {
    const event: PipelineEvent = happenings(pipelineId)[name];
    return {
      ...event,
      tenantId: 'acme',
      aggregateType: 'pipeline',
      aggregateId: pipelineId,
      sequenceNumber: index + 1,
      eventId: idOf(`${pipelineId} ${index + 1}`),
      eventVersion: pipelineEvents.currentVersion(event.type),
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

/** The hour at which event `index` of a pipeline occurred. */
export function hour(index: number): string {
  return new Date(Date.UTC(2026, 0, 2, index)).toISOString();
}

function idOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-');
}
