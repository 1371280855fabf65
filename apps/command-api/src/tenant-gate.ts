import type { CommandGate } from '@millrace/command-handling';
import type { TenantEvent } from '@millrace/contracts/tenants';

const events: Partial<Record<TenantEvent['type'], CommandGate['events'][string]>> = {
  TenantSuspended: { code: 'TENANT_SUSPENDED', detail: 'The tenant is suspended: it can be read, and not changed.' },
  TenantReactivated: 'open',
  TenantDeleted: {
    code: 'TENANT_DELETED',
    detail: 'The tenant was deleted: its history is kept, and nothing changes.',
  },
};

/** A suspended or deleted tenant takes no commands, but those that are about the tenant itself. */
export const tenantGate: CommandGate = { aggregateType: 'tenant', events };
