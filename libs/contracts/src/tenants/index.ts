export { tenantEvents, TENANTS_TOPIC } from './catalogue.ts';
export type {
  CreateTenant,
  DeleteTenant,
  ReactivateTenant,
  RenameTenant,
  SuspendTenant,
  TenantCommand,
  TenantSettings,
  UpdateTenantSettings,
} from './commands.ts';
export type { TenantEvent } from './events.generated.ts';
export { tenantRoutes } from './routes.ts';
