import { type UserCommand, userRoutes } from '@millrace/contracts/users';
import { user } from '@millrace/users';

import type { AggregateApi } from '../aggregate-api.ts';
import { reasonBody } from '../body-schemas.ts';
import { changeEmailBody, changeNameBody, createUserBody, importUserBody } from './user-schemas.ts';

/** The commands of a user over HTTP. */
export const users: AggregateApi<UserCommand> = {
  decider: user,
  routes: userRoutes,
  commands: {
    CreateUser: { body: createUserBody },
    ChangeUserEmail: { body: changeEmailBody },
    ChangeUserName: { body: changeNameBody },
    DeactivateUser: { body: reasonBody },
    ImportUser: { body: importUserBody, access: ['operator', 'admin'] },
  },
};
