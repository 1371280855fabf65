// Generated from schemas/**/*.avsc by `npm run generate`: do not edit.
// Every name here is stored and published for ever: a new shape is a new schema version, not a rename.

import type { DomainEvent } from '@millrace/core';

/** A person works for an organization. */
export type EmploymentCreated = DomainEvent<
  'EmploymentCreated',
  {
    /** The employment; also the key of the record. */
    readonly employmentId: string;
    /** Who is employed. */
    readonly personId: string;
    /** By whom. */
    readonly organizationId: string;
  }
>;

/** The person does not work for the organization any more. */
export type EmploymentEnded = DomainEvent<
  'EmploymentEnded',
  {
    /** The employment; also the key of the record. */
    readonly employmentId: string;
    /** Who is employed. */
    readonly personId: string;
    /** By whom. */
    readonly organizationId: string;
    /** Why, in the words of whoever ended it. */
    readonly reason: string;
  }
>;

/** Every event of employments, in its newest version. */
export type EmploymentEvent = EmploymentCreated | EmploymentEnded;
