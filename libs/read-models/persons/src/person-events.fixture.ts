/** The life of persons and employments as events, for specs. */
import { createHash } from 'node:crypto';

import type { EmploymentEvent } from '@millrace/contracts/employments';
import type { PersonEvent } from '@millrace/contracts/persons';
import type { RecordedEvent } from '@millrace/core';

import { personViewEvents } from './person-view.ts';

/** Everything that the person view is told. */
export type ViewEvent = PersonEvent | EmploymentEvent;

/** What a person-view process reads with. */
export const catalogue = personViewEvents;

const ada = { givenName: 'Ada', middleName: null, familyName: 'Byron' };
const lovelace = { givenName: 'Ada', middleName: 'King', familyName: 'Lovelace' };

/** Each thing that can happen to person `personId`. */
export const happenings = (personId: string) =>
  ({
    created: { type: 'PersonCreated', data: { personId, legalName: ada, birthDate: '1815-12-10' } },
    mailed: { type: 'PersonEmailChanged', data: { personId, email: 'ada@example.org' } },
    remailed: { type: 'PersonEmailChanged', data: { personId, email: 'lovelace@example.org' } },
    renamed: { type: 'PersonLegalNameChanged', data: { personId, legalName: lovelace } },
    corrected: { type: 'PersonBirthDateCorrected', data: { personId, birthDate: '1815-12-11' } },
  }) as const satisfies Record<string, PersonEvent>;

/** What happened, by the names of `happenings`. */
export type Happening = keyof ReturnType<typeof happenings>;

/** A person's events one hour apart, the first at midnight. */
export function personHistory(personId: string, names: readonly Happening[]): RecordedEvent<ViewEvent>[] {
  return names.map((name, index) => recorded(happenings(personId)[name], index + 1, hour(index)));
}

/** An employment, by who, where and when: it ends where `until` is given. */
export type Job = {
  readonly employmentId: string;
  readonly personId: string;
  readonly organizationId: string;
  readonly since: string;
  readonly until?: string | undefined;
};

/** The events of an employment. */
export function employmentHistory({ since, until, ...parties }: Job): RecordedEvent<ViewEvent>[] {
  const created = recorded({ type: 'EmploymentCreated', data: parties }, 1, since);
  if (until === undefined) return [created];
  return [created, recorded({ type: 'EmploymentEnded', data: { ...parties, reason: 'moved on' } }, 2, until)];
}

/** The hour at which event `index` of a person occurred. */
export function hour(index: number): string {
  return new Date(Date.UTC(2026, 0, 2, index)).toISOString();
}

function recorded(event: ViewEvent, sequenceNumber: number, occurredAt: string): RecordedEvent<ViewEvent> {
  const aggregateType = 'employmentId' in event.data ? 'employment' : 'person';
  const aggregateId = 'employmentId' in event.data ? event.data.employmentId : event.data.personId;
  return {
    ...event,
    tenantId: 'acme',
    aggregateType,
    aggregateId,
    sequenceNumber,
    eventId: idOf(`${aggregateType} ${aggregateId} ${sequenceNumber}`),
    eventVersion: catalogue.currentVersion(event.type),
    occurredAt,
    correlationId: 'correlation',
    causationId: 'command',
    userId: 'alice',
    sessionId: 'session',
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    metadata: {},
  };
}

function idOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-');
}
