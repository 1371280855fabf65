import { type TenantCommand, tenantRoutes } from '@millrace/contracts/tenants';
import { type Caller, HttpProblem } from '@millrace/http';
import { tenant } from '@millrace/tenants';

import type { AggregateApi } from '../aggregate-api.ts';
import { emptyBody, reasonBody } from '../body-schemas.ts';
import { createTenantBody, renameTenantBody, tenantId, updateSettingsBody } from './tenant-schemas.ts';

const operators = ['operator'];
const operatorsAndOwnAdmins = ['operator', 'admin'];

/** The commands of a tenant over HTTP. A tenant is stored under itself, whoever commands it. */
export const tenants: AggregateApi<TenantCommand> = {
  decider: tenant,
  routes: tenantRoutes,
  commands: {
    CreateTenant: { body: createTenantBody, access: operatorsAndOwnAdmins },
    RenameTenant: { body: renameTenantBody, access: operatorsAndOwnAdmins },
    UpdateTenantSettings: { body: updateSettingsBody, access: operatorsAndOwnAdmins },
    SuspendTenant: { body: reasonBody, access: operators },
    ReactivateTenant: { body: emptyBody, access: operators },
    DeleteTenant: { body: reasonBody, access: operators },
  },
  id: tenantId,
  tenantOf,
};

/** An admin has no other tenant than their own, and is not told whether there is one. */
function tenantOf(caller: Caller, aggregateId: string): string {
  if (caller.roles.includes('operator') || caller.tenantId === aggregateId) return aggregateId;
  const detail = `There is no tenant ${aggregateId}.`;
  throw new HttpProblem(404, 'TENANT_NOT_FOUND', { detail, extensions: { version: 0 } });
}
