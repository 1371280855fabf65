import type { Command, Id } from '@millrace/core';

/** Names a person; an organization's id does not compile in its place. */
export type PersonId = Id<'person'>;

/** Name of a person as the law knows it. */
export type LegalNameParts = {
  readonly givenName: string;
  readonly middleName: string | null;
  readonly familyName: string;
};

export type CreatePerson = Command<
  'CreatePerson',
  { personId: PersonId; legalName: LegalNameParts; birthDate: string | null }
>;
export type ChangePersonEmail = Command<'ChangePersonEmail', { personId: PersonId; email: string }>;
export type ChangePersonLegalName = Command<'ChangePersonLegalName', { personId: PersonId; legalName: LegalNameParts }>;
export type CorrectPersonBirthDate = Command<'CorrectPersonBirthDate', { personId: PersonId; birthDate: string }>;

/** Everything that can be asked of a person. `birthDate` is a calendar day: YYYY-MM-DD. */
export type PersonCommand = CreatePerson | ChangePersonEmail | ChangePersonLegalName | CorrectPersonBirthDate;
