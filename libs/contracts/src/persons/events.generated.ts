// Generated from schemas/**/*.avsc by `npm run generate`: do not edit.
// Every name here is stored and published for ever: a new shape is a new schema version, not a rename.

import type { DomainEvent } from '@millrace/core';

/** The recorded day of birth was wrong or missing. */
export type PersonBirthDateCorrected = DomainEvent<
  'PersonBirthDateCorrected',
  {
    /** The person; also the key of the record. */
    readonly personId: string;
    /** Calendar day of birth without time or zone, for example 1990-02-28. Personal data. */
    readonly birthDate: string;
  }
>;

/** Name of a person as the law knows it. */
export type LegalName = {
  /** First or given names. Personal data. */
  readonly givenName: string;
  /** Middle names, where there are any. Personal data. */
  readonly middleName: null | string;
  /** Last or family name. Personal data. */
  readonly familyName: string;
};

/** A person became known. */
export type PersonCreated = DomainEvent<
  'PersonCreated',
  {
    /** The person; also the key of the record. */
    readonly personId: string;
    /** The name as the law knows it. */
    readonly legalName: LegalName;
    /** Calendar day of birth without time or zone, for example 1990-02-28; null where it is not known. Personal data. */
    readonly birthDate: null | string;
  }
>;

/** The person is reached under another email address. */
export type PersonEmailChanged = DomainEvent<
  'PersonEmailChanged',
  {
    /** The person; also the key of the record. */
    readonly personId: string;
    /** The address that holds from now on. Personal data. */
    readonly email: string;
  }
>;

/** The person bears another name. */
export type PersonLegalNameChanged = DomainEvent<
  'PersonLegalNameChanged',
  {
    /** The person; also the key of the record. */
    readonly personId: string;
    /** The name that holds from now on. */
    readonly legalName: LegalName;
  }
>;

/** Every event of persons, in its newest version. */
export type PersonEvent = PersonBirthDateCorrected | PersonCreated | PersonEmailChanged | PersonLegalNameChanged;
