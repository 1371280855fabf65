import type { Command } from '@millrace/core';

/** Settings of a tenant by name. */
export type TenantSettings = Readonly<Record<string, string>>;

export type CreateTenant = Command<'CreateTenant', { tenantId: string; name: string; settings: TenantSettings }>;
export type RenameTenant = Command<'RenameTenant', { tenantId: string; name: string }>;
export type UpdateTenantSettings = Command<'UpdateTenantSettings', { tenantId: string; settings: TenantSettings }>;
export type SuspendTenant = Command<'SuspendTenant', { tenantId: string; reason: string }>;
export type ReactivateTenant = Command<'ReactivateTenant', { tenantId: string }>;
export type DeleteTenant = Command<'DeleteTenant', { tenantId: string; reason: string }>;

/** Everything that can be asked of a tenant. */
export type TenantCommand =
  CreateTenant | RenameTenant | UpdateTenantSettings | SuspendTenant | ReactivateTenant | DeleteTenant;
