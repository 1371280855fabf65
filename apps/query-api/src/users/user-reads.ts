import { userEvents, userRoutes } from '@millrace/contracts/users';
import type { Versioned } from '@millrace/queries';
import { userProjector, type UserReadModelRow } from '@millrace/users-read-models';
import { listUsers } from '@millrace/users-read-models/queries';

import { entity } from '../entity/entity-api.ts';
import { list } from '../list/list-api.ts';

/** What a user looks like, and their history. */
export const userEntity = entity({
  resource: userRoutes,
  catalogue: userEvents,
  current: { projection: userProjector, view: userView },
});

/** Which users are there? */
export const userList = list({
  name: 'ListUsers',
  path: '/users',
  plural: 'users',
  parameters: {},
  projection: userProjector,
  filter: () => ({}),
  read: listUsers,
  view: userView,
});

/** A row as clients see it: the names of the fields are older than this API. */
function userView({ id, email, username, is_active, created_at, last_updated, version }: Versioned<UserReadModelRow>) {
  return { id, email, username, is_active, created_at, last_updated, version };
}
