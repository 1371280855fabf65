// Generated from schemas/**/*.avsc by `npm run generate`: do not edit.
// Every name here is stored and published for ever: a new shape is a new schema version, not a rename.

import type { DomainEvent } from '@millrace/core';

/** A tenant was set up. */
export type TenantCreated = DomainEvent<
  'TenantCreated',
  {
    /** The tenant; also the key of the record. */
    readonly tenantId: string;
    /** What people call it. */
    readonly name: string;
    /** Its settings by name. */
    readonly settings: Readonly<Record<string, string>>;
  }
>;

/** The tenant's commands are refused for good; its history stays. */
export type TenantDeleted = DomainEvent<
  'TenantDeleted',
  {
    /** The tenant; also the key of the record. */
    readonly tenantId: string;
    /** Why, in the words of whoever deleted it. */
    readonly reason: string;
  }
>;

/** The tenant's commands are accepted again. */
export type TenantReactivated = DomainEvent<
  'TenantReactivated',
  {
    /** The tenant; also the key of the record. */
    readonly tenantId: string;
  }
>;

/** The tenant bears another name. */
export type TenantRenamed = DomainEvent<
  'TenantRenamed',
  {
    /** The tenant; also the key of the record. */
    readonly tenantId: string;
    /** The name until now. */
    readonly oldName: string;
    /** The name from now on. */
    readonly newName: string;
  }
>;

/** The settings of the tenant were replaced. */
export type TenantSettingsUpdated = DomainEvent<
  'TenantSettingsUpdated',
  {
    /** The tenant; also the key of the record. */
    readonly tenantId: string;
    /** All settings that it has now. */
    readonly settings: Readonly<Record<string, string>>;
  }
>;

/** The tenant's commands are refused until it is reactivated. */
export type TenantSuspended = DomainEvent<
  'TenantSuspended',
  {
    /** The tenant; also the key of the record. */
    readonly tenantId: string;
    /** Why, in the words of whoever suspended it. */
    readonly reason: string;
  }
>;

/** Every event of tenants, in its newest version. */
export type TenantEvent =
  TenantCreated | TenantDeleted | TenantReactivated | TenantRenamed | TenantSettingsUpdated | TenantSuspended;
