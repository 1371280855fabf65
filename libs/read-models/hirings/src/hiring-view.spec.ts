import { describe, expect, test } from '@jest/globals';
import { type HiringEvent, hiringEvents } from '@millrace/contracts/hirings';
import { foldEvent, type RecordedEvent } from '@millrace/core';

import { hiringView, type HiringViewRow } from './index.ts';

const hiringId = 'h-1';
const reason = 'changed our mind';
const started: HiringEvent = { type: 'HiringStarted', data: { hiringId, personId: 'p-1', organizationId: 'org-1' } };
const ends = {
  completed: { type: 'HiringCompleted', data: { hiringId, employmentId: 'e-1' } },
  failed: { type: 'HiringFailed', data: { hiringId, reason } },
  cancelled: { type: 'HiringCancelled', data: { hiringId, reason } },
} as const satisfies Record<string, HiringEvent>;

const hour = (index: number) => `2026-01-02T0${index}:00:00.000Z`;
const fold = (...events: HiringEvent[]) =>
  events
    .map((event, index) => ({
      ...event,
      tenantId: 'acme',
      aggregateId: hiringId,
      sequenceNumber: index + 1,
      occurredAt: hour(index),
    }))
    .reduce<HiringViewRow | undefined>(
      (row, event) => foldEvent(hiringView, row, event as RecordedEvent<HiringEvent>),
      undefined,
    );

const row = {
  tenant_id: 'acme',
  hiring_id: hiringId,
  person_id: 'p-1',
  organization_id: 'org-1',
  status: 'started',
  employment_id: null,
  reason: null,
  created_at: hour(0),
  ended_at: null,
  updated_at: hour(0),
  version: 1,
};
const ended = { ...row, ended_at: hour(1), updated_at: hour(1), version: 2 };

describe('hiring view', () => {
  test('CIM-27 every event type is handled', () => {
    expect(Object.keys(hiringView.handlers).sort()).toEqual(hiringEvents.definitions.map(({ type }) => type).sort());
  });

  test('CIM-47 T-49 T-51 a hiring from its start to each of its ends', () => {
    expect(fold(started)).toEqual(row);
    expect(fold(started, ends.completed)).toEqual({ ...ended, status: 'completed', employment_id: 'e-1' });
    expect(fold(started, ends.failed)).toEqual({ ...ended, status: 'failed', reason });
    expect(fold(started, ends.cancelled)).toEqual({ ...ended, status: 'cancelled', reason });
  });

  test.each(Object.values(ends))('T-42 $type before HiringStarted is refused, not swallowed', (event) => {
    expect(() => fold(event)).toThrow(`${event.type} of hiring h-1 has no HiringStarted before it`);
  });
});
