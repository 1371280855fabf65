import { describe, expect, test } from '@jest/globals';
import { type JobEvent, jobEvents } from '@millrace/contracts/jobs';
import { foldEvent, type RecordedEvent } from '@millrace/core';

import { jobReadModel, type JobReadModelRow } from './index.ts';
import { type Happening, happenings, hour, jobHistory } from './job-events.fixture.ts';

function fold(events: readonly RecordedEvent<JobEvent>[]): JobReadModelRow | undefined {
  let row: JobReadModelRow | undefined;
  for (const event of events) row = foldEvent(jobReadModel, row, event);
  return row;
}
const types = jobEvents.definitions.map(({ type }) => type).sort();
const after = (...names: Happening[]) => fold(jobHistory('j1', names));

const fresh = {
  tenant_id: 'acme',
  job_id: 'j1',
  name: 'Process Data',
  command: 'python process.py',
  image: 'python:3.9',
  status: 'created',
  metadata: { team: 'data', owner: 'carol' },
  attempts: 0,
  created_at: hour(0),
  started_at: null,
  completed_at: null,
  failed_at: null,
  retried_at: null,
  cancelled_at: null,
  failure_reason: null,
  cancel_reason: null,
  updated_at: hour(0),
  version: 1,
};

describe('job_read_model', () => {
  test('JOB-30 every event type is handled, and no other one', () => {
    expect(Object.keys(jobReadModel.handlers).sort()).toEqual(types);
    const used = Object.values(happenings('j')).map(({ type }) => type);
    expect([...new Set(used)].sort()).toEqual(types);
  });

  test('JOB-14 JOB-28 a new job', () => expect(after('created')).toEqual(fresh));

  test('JOB-15 JOB-16 JOB-28 a job that ran to its end', () => {
    expect(after('created', 'started', 'completed')).toEqual({
      ...fresh,
      status: 'completed',
      attempts: 1,
      started_at: hour(1),
      completed_at: hour(2),
      updated_at: hour(2),
      version: 3,
    });
  });

  test('JOB-17 JOB-18 JOB-28 a job whose second attempt succeeded still tells why the first did not', () => {
    expect(after('created', 'started', 'failed', 'retried', 'restarted', 'completed')).toEqual({
      ...fresh,
      status: 'completed',
      attempts: 2,
      started_at: hour(4),
      failed_at: hour(2),
      failure_reason: 'exit code 1',
      retried_at: hour(3),
      completed_at: hour(5),
      updated_at: hour(5),
      version: 6,
    });
  });

  test('JOB-18 a retried job has not started again yet', () => {
    expect(after('created', 'started', 'failed', 'retried')).toMatchObject({ status: 'retried', attempts: 1 });
  });

  test('JOB-19 a cancelled job tells why', () => {
    expect(after('created', 'cancelled')).toEqual({
      ...fresh,
      status: 'cancelled',
      cancelled_at: hour(1),
      cancel_reason: 'not needed',
      updated_at: hour(1),
      version: 2,
    });
  });

  test('JOB-20 new metadata take the place of the old ones; the status stays', () => {
    expect(after('created', 'started', 'labelled')).toMatchObject({
      status: 'running',
      metadata: { team: 'ops' },
      updated_at: hour(2),
    });
  });

  test('JOB-23 folding changes neither event nor row', () => {
    const row = after('created', 'started');
    const [event] = jobHistory('j1', ['failed']);
    if (!event) throw new Error('one event');
    Object.freeze(event.data);
    expect(foldEvent(jobReadModel, Object.freeze(row), Object.freeze(event))).toMatchObject({ status: 'failed' });
    expect(row).toEqual(after('created', 'started'));
  });

  test('T-42 an event before JobCreated is refused, not swallowed', () => {
    expect(() => after('started')).toThrow('JobStarted of job j1 has no JobCreated before it');
  });
});
