// Generated from schemas/**/*.avsc by `npm run generate`: do not edit.
// Every name here is stored and published for ever: a new shape is a new schema version, not a rename.

/** Event type → schema version → Avro schema. */
type Schemas = Readonly<Record<string, Readonly<Record<number, object>>>>;

/** Every event schema of tenants. */
export const tenantSchemas: Schemas = {
  TenantCreated: {
    1: {
      type: 'record',
      name: 'TenantCreated',
      namespace: 'tenants',
      doc: 'A tenant was set up.',
      fields: [
        { name: 'tenantId', type: 'string', doc: 'The tenant; also the key of the record.' },
        { name: 'name', type: 'string', doc: 'What people call it.' },
        { name: 'settings', type: { type: 'map', values: 'string' }, doc: 'Its settings by name.' },
      ],
    },
  },
  TenantDeleted: {
    1: {
      type: 'record',
      name: 'TenantDeleted',
      namespace: 'tenants',
      doc: "The tenant's commands are refused for good; its history stays.",
      fields: [
        { name: 'tenantId', type: 'string', doc: 'The tenant; also the key of the record.' },
        { name: 'reason', type: 'string', doc: 'Why, in the words of whoever deleted it.' },
      ],
    },
  },
  TenantReactivated: {
    1: {
      type: 'record',
      name: 'TenantReactivated',
      namespace: 'tenants',
      doc: "The tenant's commands are accepted again.",
      fields: [{ name: 'tenantId', type: 'string', doc: 'The tenant; also the key of the record.' }],
    },
  },
  TenantRenamed: {
    1: {
      type: 'record',
      name: 'TenantRenamed',
      namespace: 'tenants',
      doc: 'The tenant bears another name.',
      fields: [
        { name: 'tenantId', type: 'string', doc: 'The tenant; also the key of the record.' },
        { name: 'oldName', type: 'string', doc: 'The name until now.' },
        { name: 'newName', type: 'string', doc: 'The name from now on.' },
      ],
    },
  },
  TenantSettingsUpdated: {
    1: {
      type: 'record',
      name: 'TenantSettingsUpdated',
      namespace: 'tenants',
      doc: 'The settings of the tenant were replaced.',
      fields: [
        { name: 'tenantId', type: 'string', doc: 'The tenant; also the key of the record.' },
        { name: 'settings', type: { type: 'map', values: 'string' }, doc: 'All settings that it has now.' },
      ],
    },
  },
  TenantSuspended: {
    1: {
      type: 'record',
      name: 'TenantSuspended',
      namespace: 'tenants',
      doc: "The tenant's commands are refused until it is reactivated.",
      fields: [
        { name: 'tenantId', type: 'string', doc: 'The tenant; also the key of the record.' },
        { name: 'reason', type: 'string', doc: 'Why, in the words of whoever suspended it.' },
      ],
    },
  },
};
