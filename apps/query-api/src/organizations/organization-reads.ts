import { organizationEvents, organizationRoutes } from '@millrace/contracts/organizations';
import { organizationView, type OrganizationViewRow } from '@millrace/organizations-read-models';
import { listOrganizations } from '@millrace/organizations-read-models/queries';
import type { Versioned } from '@millrace/queries';

import { entity } from '../entity/entity-api.ts';
import { list } from '../list/list-api.ts';

/** What an organization looks like, and its history. */
export const organizationEntity = entity({
  resource: organizationRoutes,
  catalogue: organizationEvents,
  current: { projection: organizationView, view: organizationAnswer },
});

/** Which organizations are there? */
export const organizationList = list({
  name: 'ListOrganizations',
  path: '/organizations',
  plural: 'organizations',
  parameters: {},
  projection: organizationView,
  filter: () => ({}),
  read: listOrganizations,
  view: organizationAnswer,
});

function organizationAnswer(row: Versioned<OrganizationViewRow>) {
  return {
    organizationId: row.organization_id,
    name: row.name,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    version: row.version,
  };
}
