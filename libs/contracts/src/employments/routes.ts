import type { CommandRoutes } from '../command-routes.ts';
import type { EmploymentCommand } from './commands.ts';

/** The employment commands over HTTP. */
export const employmentRoutes: CommandRoutes<EmploymentCommand> = {
  aggregateType: 'employment',
  plural: 'employments',
  idField: 'employmentId',
  verbs: {
    CreateEmployment: 'create',
    EndEmployment: 'end',
  },
};
