import { describe, expect, test } from '@jest/globals';
import { type PipelineEvent, pipelineEvents } from '@millrace/contracts/pipelines';
import { foldEvent, type RecordedEvent } from '@millrace/core';

import { pipelineReadModel, type PipelineReadModelRow } from './index.ts';
import { type Happening, happenings, hour, pipelineHistory, steps } from './pipeline-events.fixture.ts';

function fold(events: readonly RecordedEvent<PipelineEvent>[]): PipelineReadModelRow | undefined {
  let row: PipelineReadModelRow | undefined;
  for (const event of events) row = foldEvent(pipelineReadModel, row, event);
  return row;
}
const after = (...names: Happening[]) => fold(pipelineHistory('p1', names));

const pending = { status: 'pending', jobId: null, reason: null };
const fresh = {
  tenant_id: 'acme',
  pipeline_id: 'p1',
  name: 'Nightly',
  status: 'created',
  steps: steps.map((step) => ({ ...step, ...pending })),
  created_at: hour(0),
  started_at: null,
  completed_at: null,
  failed_at: null,
  cancelled_at: null,
  failure_reason: null,
  cancel_reason: null,
  updated_at: hour(0),
  version: 1,
};

describe('pipeline_read_model', () => {
  test('JOB-39 every event type is handled, and no other one', () => {
    const types = pipelineEvents.definitions.map(({ type }) => type).sort();
    expect(Object.keys(pipelineReadModel.handlers).sort()).toEqual(types);
    const used = Object.values(happenings('p')).map(({ type }) => type);
    expect([...new Set(used)].sort()).toEqual(types);
  });

  test('JOB-39 a new pipeline: every step is pending', () => expect(after('created')).toEqual(fresh));

  test('JOB-39 step by step to its end', () => {
    const states = (...names: Happening[]) => {
      const row = after('created', ...names);
      return [row?.status, ...(row?.steps ?? []).map(({ status }) => status)];
    };
    expect(states('started1')).toEqual(['running', 'running', 'pending']);
    expect(states('started1', 'completed1')).toEqual(['running', 'completed', 'pending']);
    expect(states('started1', 'completed1', 'started2')).toEqual(['running', 'completed', 'running']);
    expect(after('created', 'started1', 'completed1', 'started2', 'completed2', 'completed')).toEqual({
      ...fresh,
      status: 'completed',
      steps: steps.map((step, index) => ({ ...step, status: 'completed', jobId: `job-${index + 1}`, reason: null })),
      started_at: hour(1),
      completed_at: hour(5),
      updated_at: hour(5),
      version: 6,
    });
  });

  test('JOB-39 a step that fails tells why, and the rest is cancelled', () => {
    const [extract, load] = steps;
    expect(after('created', 'started1', 'stepFailed1', 'failed1')).toEqual({
      ...fresh,
      status: 'failed',
      steps: [
        { ...extract, status: 'failed', jobId: 'job-1', reason: 'exit code 1' },
        { ...load, ...pending, status: 'cancelled' },
      ],
      started_at: hour(1),
      failed_at: hour(3),
      failure_reason: 'exit code 1',
      updated_at: hour(3),
      version: 4,
    });
  });

  test('JOB-39 a cancelled pipeline keeps what it has done', () => {
    const row = after('created', 'started1', 'completed1', 'started2', 'cancelled');
    expect(row).toMatchObject({ status: 'cancelled', cancel_reason: 'not needed', cancelled_at: hour(4) });
    expect(row?.steps.map(({ status, jobId }) => [status, jobId])).toEqual([
      ['completed', 'job-1'],
      ['cancelled', 'job-2'],
    ]);
  });

  test('JOB-23 folding changes no former row', () => {
    const row = after('created', 'started1');
    const before = structuredClone(row);
    const [event] = pipelineHistory('p1', ['cancelled']);
    if (!event) throw new Error('one event');
    foldEvent(pipelineReadModel, row, event);
    expect(row).toEqual(before);
  });

  test('T-42 an event before PipelineCreated is refused, not swallowed', () => {
    expect(() => after('started1')).toThrow('PipelineStepStarted of pipeline p1 has no PipelineCreated before it');
  });
});
