import { type EmploymentEvent, employmentEvents, EMPLOYMENTS_TOPIC } from '@millrace/contracts/employments';
import { type LegalName, type PersonEvent, personEvents, PERSONS_TOPIC } from '@millrace/contracts/persons';
import { EventCatalogue, laterOf, MillraceError, type Projection, type RecordedEvent } from '@millrace/core';

import { began, type CurrentEmployment, ended, organizationOf } from './employments.ts';

type PersonKey = { readonly tenant_id: string; readonly person_id: string };

/** One person: table `person_view`. */
export type PersonViewRow = PersonKey & {
  /** Null while the person is only known from an employment. */
  readonly display_name: string | null;
  readonly email: string | null;
  /** Where the person works; of several employments that which began last. */
  readonly organization_id: string | null;
  /** Time of the newest event, not the time of its arrival. */
  readonly last_updated: string;
  readonly employments: readonly CurrentEmployment[];
  /** Null like the name. */
  readonly created_at: string | null;
  /** The person's own version; 0 while the person is only known from an employment: such a row is hidden. */
  readonly version: number;
};

type Event = PersonEvent | EmploymentEvent;

/** What the projection reads. */
export const personViewEvents = new EventCatalogue([...personEvents.definitions, ...employmentEvents.definitions]);

/** Answers: who is this person, who has this email address, who works for this organization? */
export const personView: Projection<Event, PersonViewRow> = {
  name: 'person-view-projection',
  table: 'person_view',
  topics: [PERSONS_TOPIC, EMPLOYMENTS_TOPIC],
  keyColumns: ['tenant_id', 'person_id'],
  rowPer: 'group',
  key: ({ tenantId, data }) => ({ tenant_id: tenantId, person_id: data.personId }),
  handlers: {
    PersonCreated: (row, event) => {
      const display_name = displayName(event.data.legalName);
      return { ...touched(row, event), display_name, created_at: event.occurredAt, version: event.sequenceNumber };
    },
    PersonEmailChanged: (row, event) => changed(row, event, { email: event.data.email }),
    PersonLegalNameChanged: (row, event) => changed(row, event, { display_name: displayName(event.data.legalName) }),
    PersonBirthDateCorrected: (row, event) => changed(row, event, {}),
    EmploymentCreated: (row, event) => {
      const before = touched(row, event);
      return employed(before, began(before.employments, event));
    },
    EmploymentEnded: (row, event) => {
      const before = touched(row, event);
      return employed(before, ended(before.employments, event));
    },
  },
};

/** The row, which an employment may begin before its person is known, as old as the event. */
function touched(row: PersonViewRow | undefined, { tenantId, data, occurredAt }: RecordedEvent<Event>): PersonViewRow {
  if (row) return { ...row, last_updated: laterOf(row.last_updated, occurredAt) };
  return {
    tenant_id: tenantId,
    person_id: data.personId,
    display_name: null,
    email: null,
    organization_id: null,
    last_updated: occurredAt,
    employments: [],
    created_at: null,
    version: 0,
  };
}

/** @throws MillraceError `CORRUPT_STREAM` when no PersonCreated came before */
function changed(
  row: PersonViewRow | undefined,
  event: RecordedEvent<PersonEvent>,
  changes: Partial<PersonViewRow>,
): PersonViewRow {
  const { type, aggregateId, sequenceNumber } = event;
  if (!row || row.version === 0) {
    throw new MillraceError('CORRUPT_STREAM', `${type} of person ${aggregateId} has no PersonCreated before it`);
  }
  return { ...touched(row, event), ...changes, version: sequenceNumber };
}

function employed(row: PersonViewRow, employments: readonly CurrentEmployment[]): PersonViewRow {
  return { ...row, employments, organization_id: organizationOf(employments) };
}

function displayName({ givenName, middleName, familyName }: LegalName): string {
  return [givenName, middleName, familyName].filter((part) => part !== null).join(' ');
}
