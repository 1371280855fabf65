/** Rows as clients see them. Members without a value are left out. */
import { organizationView } from '@millrace/organizations-read-models';
import type { PersonViewRow } from '@millrace/persons-read-models';
import type { ListedPerson } from '@millrace/persons-read-models/queries';
import { findRow, type Queryable, type Versioned } from '@millrace/queries';

export function personAnswer(row: Versioned<PersonViewRow>) {
  return {
    personId: row.person_id,
    displayName: row.display_name,
    email: row.email ?? undefined,
    lastUpdated: row.last_updated,
    version: row.version,
  };
}

/** The organization by its name of now: a second look-up by key instead of a copy in every person that a rename would miss. */
export async function organizationOf(
  database: Queryable,
  { tenant_id, organization_id }: Versioned<PersonViewRow>,
): Promise<object> {
  if (organization_id === null) return {};
  const found = await findRow(database, organizationView, { tenantId: tenant_id, id: organization_id });
  return { organization: { organizationId: organization_id, name: found?.row['name'] } };
}

/** A page of persons comes from one table: it tells the organization, and not its name. */
export function personListItem(row: ListedPerson) {
  const { organization_id: organizationId } = row;
  return { ...personAnswer(row), organization: organizationId === null ? undefined : { organizationId } };
}
