import { type NewestPage, newestRows, type Queryable, type Versioned } from '@millrace/queries';

import { personView, type PersonViewRow } from '../person-view.ts';

/** Which persons: of this email address, of this organization. */
export type PersonFilter = {
  readonly email?: string | undefined;
  readonly organizationId?: string | undefined;
};

/** A person in a list: one who is known, and so has a name and a place. */
export type ListedPerson = Versioned<PersonViewRow> & { readonly display_name: string; readonly created_at: string };

/** Persons of a tenant, newest first. Who is only known from an employment has no time of creation and so no place. */
export async function listPersons(
  database: Queryable,
  { email, organizationId, ...page }: PersonFilter & Omit<NewestPage, 'where'>,
): Promise<ListedPerson[]> {
  // The table holds what the projection makes.
  return (await newestRows(database, personView, {
    ...page,
    where: { email, organization_id: organizationId },
  })) as ListedPerson[];
}
