import { type PersonCommand, personRoutes } from '@millrace/contracts/persons';
import { person } from '@millrace/persons';

import type { AggregateApi } from '../aggregate-api.ts';
import { changeEmailBody, changeLegalNameBody, correctBirthDateBody, createPersonBody } from './person-schemas.ts';

/** The commands of a person over HTTP. */
export const persons: AggregateApi<PersonCommand> = {
  decider: person,
  routes: personRoutes,
  commands: {
    CreatePerson: { body: createPersonBody },
    ChangePersonEmail: { body: changeEmailBody },
    ChangePersonLegalName: { body: changeLegalNameBody },
    CorrectPersonBirthDate: { body: correctBirthDateBody },
  },
};
