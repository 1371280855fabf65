// Generated from schemas/**/*.avsc by `npm run generate`: do not edit.
// Every name here is stored and published for ever: a new shape is a new schema version, not a rename.

import type { DomainEvent } from '@millrace/core';

/** An organization became known. */
export type OrganizationCreated = DomainEvent<
  'OrganizationCreated',
  {
    /** The organization; also the key of the record. */
    readonly organizationId: string;
    /** Its name. */
    readonly name: string;
  }
>;

/** The organization bears another name. */
export type OrganizationRenamed = DomainEvent<
  'OrganizationRenamed',
  {
    /** The organization; also the key of the record. */
    readonly organizationId: string;
    /** The name until now. */
    readonly oldName: string;
    /** The name from now on. */
    readonly newName: string;
  }
>;

/** Every event of organizations, in its newest version. */
export type OrganizationEvent = OrganizationCreated | OrganizationRenamed;
