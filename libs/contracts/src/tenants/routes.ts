import type { CommandRoutes } from '../command-routes.ts';
import type { TenantCommand } from './commands.ts';

/** The tenant commands over HTTP. */
export const tenantRoutes: CommandRoutes<TenantCommand> = {
  aggregateType: 'tenant',
  plural: 'tenants',
  idField: 'tenantId',
  verbs: {
    CreateTenant: 'create',
    RenameTenant: 'rename',
    UpdateTenantSettings: 'update-settings',
    SuspendTenant: 'suspend',
    ReactivateTenant: 'reactivate',
    DeleteTenant: 'delete',
  },
};
