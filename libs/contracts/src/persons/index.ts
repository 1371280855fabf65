export { personEvents, PERSONS_TOPIC } from './catalogue.ts';
export type {
  ChangePersonEmail,
  ChangePersonLegalName,
  CorrectPersonBirthDate,
  CreatePerson,
  LegalNameParts,
  PersonCommand,
  PersonId,
} from './commands.ts';
export type { LegalName, PersonEvent } from './events.generated.ts';
export { personRoutes } from './routes.ts';
