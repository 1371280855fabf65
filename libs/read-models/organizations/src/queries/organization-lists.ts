import { type NewestPage, newestRows, type Queryable, type Versioned } from '@millrace/queries';

import { organizationView, type OrganizationViewRow } from '../organization-view.ts';

/** Organizations of a tenant, newest first. */
export async function listOrganizations(
  database: Queryable,
  page: Omit<NewestPage, 'where'>,
): Promise<Versioned<OrganizationViewRow>[]> {
  // The table holds what the projection makes.
  return (await newestRows(database, organizationView, { ...page, where: {} })) as Versioned<OrganizationViewRow>[];
}
