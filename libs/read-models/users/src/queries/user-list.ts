import { type NewestPage, newestRows, type Queryable, type Versioned } from '@millrace/queries';

import { userProjector, type UserReadModelRow } from '../user-projector.ts';

/** Users of a tenant, newest first. */
export async function listUsers(
  database: Queryable,
  page: Omit<NewestPage, 'where'>,
): Promise<Versioned<UserReadModelRow>[]> {
  // The table holds what the projection makes.
  return (await newestRows(database, userProjector, { ...page, where: {} })) as Versioned<UserReadModelRow>[];
}
