import { describe, expect, it } from '@jest/globals';
import { eventTopics, internalCatalogues } from '@millrace/contracts/topology';
import { storedEvents } from '@millrace/contracts/topology';
import { foldEvent, handledTypes } from '@millrace/core';

import { hiringProcess } from './event-log.fixture.ts';
import { eventLog } from './event-log.ts';

describe('eventLog', () => {
  it('SHR-42 takes every event type of every domain', () => {
    const types = internalCatalogues.flatMap(({ definitions }) => definitions.map(({ type }) => type));
    expect(handledTypes(eventLog)).toEqual(types);
    expect(storedEvents.definitions.map(({ topic }) => topic).every((topic) => eventLog.topics.includes(topic))).toBe(
      true,
    );
    expect(eventLog.topics).toEqual(eventTopics);
  });

  it('SHR-42 keeps who, when and why beside what', () => {
    const [, second] = hiringProcess;
    if (!second) throw new Error('the process has three events');
    expect(foldEvent(eventLog, undefined, second)).toEqual({
      tenant_id: 'acme',
      event_id: second.eventId,
      aggregate_type: 'employment',
      aggregate_id: 'e-1',
      sequence_number: 1,
      event_type: 'EmploymentCreated',
      event_version: 1,
      correlation_id: 'hiring-1',
      causation_id: hiringProcess[0]?.eventId,
      user_id: 'alice',
      occurred_at: '2026-01-02T03:04:03.000Z',
      payload: second.data,
    });
  });

  it('T-15 leaves out a type that it does not know', () => {
    const [event] = hiringProcess;
    if (!event) throw new Error('the process has three events');
    expect(foldEvent(eventLog, undefined, { ...event, type: 'NeverHeardOf' })).toBeUndefined();
  });
});
