import { tenantEvents, tenantRoutes } from '@millrace/contracts/tenants';
import { tenantView, type TenantViewRow } from '@millrace/tenants-read-models';
import { type KnownTenant, listTenants, type TenantStatus } from '@millrace/tenants-read-models/queries';
import { Type } from 'typebox';

import { entity } from '../entity/entity-api.ts';
import { list, type PageOf } from '../list/list-api.ts';

const OPERATOR = 'operator';

const statuses: readonly TenantStatus[] = ['active', 'suspended', 'deleted'];
const usable: readonly TenantStatus[] = ['active', 'suspended'];

/** What a tenant looks like, and its history: the own one, and for operators any. */
export const tenantEntity = entity({
  resource: tenantRoutes,
  catalogue: tenantEvents,
  current: { projection: tenantView, view: currentTenant, pastView: pastTenant },
  access: {
    roles: [OPERATOR],
    tenantOf: ({ roles, tenantId }, id) => (roles.includes(OPERATOR) || tenantId === id ? id : undefined),
  },
});

/** Which tenants are there? Deleted ones only when asked for. */
export const tenantList = list({
  name: 'ListTenants',
  path: '/tenants',
  plural: 'tenants',
  roles: [OPERATOR],
  parameters: { status: Type.Optional(Type.Enum([...statuses])) },
  projection: tenantView,
  filter: ({ status }) => ({ statuses: status === undefined ? usable : [status] }),
  read: (database, page: PageOf<{ readonly statuses: readonly TenantStatus[] }>) => listTenants(database, page),
  view: (row: KnownTenant) => currentTenant(row),
});

function currentTenant(row: TenantViewRow) {
  return { ...pastTenant(row), userCount: row.user_count };
}

/** How many users there were then is not in the events of the tenant. */
function pastTenant({ tenant_id, name, status, settings, created_at, last_updated, version }: TenantViewRow) {
  return {
    tenantId: tenant_id,
    name,
    status,
    settings,
    createdAt: created_at,
    lastUpdated: last_updated,
    version,
  };
}
