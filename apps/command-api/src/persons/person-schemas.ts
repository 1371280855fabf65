/** Shape of person commands over HTTP. What a name, an address and a day are is the domain's word, so that 400 names the field. */
import { EMAIL, LONGEST_EMAIL, LONGEST_NAME_PART, NAME_PART } from '@millrace/persons';
import { Type } from 'typebox';

import { body } from '../body-schemas.ts';

const namePart = Type.String({ maxLength: LONGEST_NAME_PART, pattern: NAME_PART });
const legalName = body({
  givenName: namePart,
  middleName: Type.Optional(Type.Union([namePart, Type.Null()], { default: null })),
  familyName: namePart,
});
/** A day of the calendar, without time or zone. */
const birthDate = Type.String({ format: 'date' });

export const createPersonBody = body({
  legalName,
  birthDate: Type.Optional(Type.Union([birthDate, Type.Null()], { default: null })),
});
export const changeEmailBody = body({ email: Type.String({ maxLength: LONGEST_EMAIL, pattern: EMAIL }) });
export const changeLegalNameBody = body({ legalName });
export const correctBirthDateBody = body({ birthDate });
