import type { CommandRoutes } from '../command-routes.ts';
import type { UserCommand } from './commands.ts';

/** The user commands over HTTP. */
export const userRoutes: CommandRoutes<UserCommand> = {
  aggregateType: 'user',
  plural: 'users',
  idField: 'userId',
  verbs: {
    CreateUser: 'create',
    ChangeUserEmail: 'change-email',
    ChangeUserName: 'change-name',
    DeactivateUser: 'deactivate',
    ImportUser: 'import',
  },
};
