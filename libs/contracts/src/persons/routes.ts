import type { CommandRoutes } from '../command-routes.ts';
import type { PersonCommand } from './commands.ts';

/** The person commands over HTTP. */
export const personRoutes: CommandRoutes<PersonCommand> = {
  aggregateType: 'person',
  plural: 'persons',
  idField: 'personId',
  verbs: {
    CreatePerson: 'create',
    ChangePersonEmail: 'change-email',
    ChangePersonLegalName: 'change-legal-name',
    CorrectPersonBirthDate: 'correct-birth-date',
  },
};
