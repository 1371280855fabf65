import type { CreatePerson, LegalNameParts, PersonCommand, PersonEvent } from '@millrace/contracts/persons';
import {
  accept,
  type Decider,
  type Decision,
  MillraceError,
  reject,
  rejectAbsent,
  rejectExisting,
  unreachable,
} from '@millrace/core';

import { birthDateFault } from './birth-date.ts';
import { isEmail } from './email.ts';
import { malformedPart, sameName } from './legal-name.ts';

/** What the rules need to know of a person who is known. */
type KnownPerson = {
  readonly exists: true;
  readonly legalName: LegalNameParts;
  readonly birthDate: string | null;
  readonly email: string | null;
};

/** A person, or nobody yet. */
export type Person = { readonly exists: false } | KnownPerson;

/** Refusals of the person rules; clients may rely on the codes. */
export type PersonRejection =
  | 'PERSON_NOT_FOUND'
  | 'PERSON_ALREADY_EXISTS'
  | 'PERSON_NAME_MALFORMED'
  | 'PERSON_BIRTH_DATE_REFUSED'
  | 'PERSON_EMAIL_MALFORMED'
  | 'PERSON_UNCHANGED';

type PersonDecision = Decision<PersonEvent, PersonRejection>;
type Change = Exclude<PersonCommand, CreatePerson>;

/**
 * The person:
 *
 *     absent ─create▶ known
 *                       ⟲ change email, change legal name, correct birth date
 *
 * A change to what holds already is refused.
 */
export const person: Decider<Person, PersonCommand, PersonEvent, PersonRejection> = {
  aggregateType: 'person',
  initialState: { exists: false },
  stateVersion: 1,

  decide(command, state, { now }) {
    if (command.type === 'CreatePerson') return create(command.data, state, now);
    const { personId } = command.data;
    if (!state.exists) return rejectAbsent('PERSON_NOT_FOUND', `There is no person ${personId}.`);
    return change(command, state, now);
  },

  evolve(state, event) {
    if (event.type === 'PersonCreated') {
      const { legalName, birthDate } = event.data;
      return { exists: true, legalName, birthDate, email: null };
    }
    if (!state.exists) {
      throw new MillraceError('CORRUPT_STREAM', `a person cannot begin with ${event.type}`, {
        facts: { personId: event.data.personId },
      });
    }
    switch (event.type) {
      case 'PersonEmailChanged':
        return { ...state, email: event.data.email };
      case 'PersonLegalNameChanged':
        return { ...state, legalName: event.data.legalName };
      case 'PersonBirthDateCorrected':
        return { ...state, birthDate: event.data.birthDate };
      default:
        return unreachable(event);
    }
  },
};

function create(data: CreatePerson['data'], { exists }: Person, now: string): PersonDecision {
  if (exists) return rejectExisting('PERSON_ALREADY_EXISTS', `Person ${data.personId} exists already.`);
  const { legalName, birthDate } = data;
  const refusal = refuseName(legalName) ?? (birthDate === null ? undefined : refuseBirthDate(birthDate, now));
  return refusal ?? accept({ type: 'PersonCreated', data });
}

function change(command: Change, state: KnownPerson, now: string): PersonDecision {
  switch (command.type) {
    case 'ChangePersonEmail': {
      const { email } = command.data;
      if (!isEmail(email)) return reject('PERSON_EMAIL_MALFORMED', 'This cannot be an email address.');
      if (email === state.email) return reject('PERSON_UNCHANGED', 'The person has this email address already.');
      return accept({ type: 'PersonEmailChanged', data: command.data });
    }
    case 'ChangePersonLegalName': {
      const { legalName } = command.data;
      if (sameName(legalName, state.legalName))
        return reject('PERSON_UNCHANGED', 'The person bears this name already.');
      return refuseName(legalName) ?? accept({ type: 'PersonLegalNameChanged', data: command.data });
    }
    case 'CorrectPersonBirthDate': {
      const { birthDate } = command.data;
      if (birthDate === state.birthDate) return reject('PERSON_UNCHANGED', 'The person has this birth date already.');
      return refuseBirthDate(birthDate, now) ?? accept({ type: 'PersonBirthDateCorrected', data: command.data });
    }
    default:
      return unreachable(command);
  }
}

// Details name the field and never what it holds: refusals are logged, and a name is personal data.
function refuseName(legalName: LegalNameParts): PersonDecision | undefined {
  const part = malformedPart(legalName);
  return part && reject('PERSON_NAME_MALFORMED', `legalName.${part} cannot be part of a name.`);
}

function refuseBirthDate(birthDate: string, now: string): PersonDecision | undefined {
  const fault = birthDateFault(birthDate, now);
  return fault === undefined ? undefined : reject('PERSON_BIRTH_DATE_REFUSED', `birthDate ${fault}.`);
}
