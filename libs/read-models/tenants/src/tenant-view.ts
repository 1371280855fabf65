import { type TenantEvent, tenantEvents, TENANTS_TOPIC, type TenantSettings } from '@millrace/contracts/tenants';
import { type UserEvent, userEvents, USERS_TOPIC } from '@millrace/contracts/users';
import { EventCatalogue, laterOf, MillraceError, type Projection, type RecordedEvent } from '@millrace/core';

/**
 * One tenant and how many active users it has: table `tenant_view`. Its users may be known before the tenant is, and a
 * tenant need not be created at all: such a row has version 0, no name and no status, and is hidden from reads.
 */
export type TenantViewRow = {
  readonly tenant_id: string;
  readonly name: string | null;
  readonly status: 'active' | 'suspended' | 'deleted' | null;
  readonly settings: TenantSettings;
  readonly user_count: number;
  readonly created_at: string | null;
  readonly last_updated: string;
  /** Of the tenant: its users have versions of their own, which `consumer.aggregate_versions` keeps. */
  readonly version: number;
};

type TenantViewEvent = TenantEvent | UserEvent;

/** What the projection reads. */
export const tenantViewEvents = new EventCatalogue([...tenantEvents.definitions, ...userEvents.definitions]);

/**
 * Answers: what is this tenant, and how many active users has it? Counting by one is right because each event of each
 * user counts once: the version that the group keeps of every user is written in the transaction of the count.
 */
export const tenantView: Projection<TenantViewEvent, TenantViewRow> = {
  name: 'tenant-view-projection',
  table: 'tenant_view',
  topics: [TENANTS_TOPIC, USERS_TOPIC],
  keyColumns: ['tenant_id'],
  rowPer: 'group',
  key: ({ tenantId }) => ({ tenant_id: tenantId }),
  handlers: {
    TenantCreated: (row, event) => ({
      ...touched(row, event),
      name: event.data.name,
      status: 'active',
      settings: event.data.settings,
      created_at: event.occurredAt,
      version: event.sequenceNumber,
    }),
    TenantRenamed: (row, event) => changed(row, event, { name: event.data.newName }),
    TenantSettingsUpdated: (row, event) => changed(row, event, { settings: event.data.settings }),
    TenantSuspended: (row, event) => changed(row, event, { status: 'suspended' }),
    TenantReactivated: (row, event) => changed(row, event, { status: 'active' }),
    TenantDeleted: (row, event) => changed(row, event, { status: 'deleted' }),
    UserCreated: (row, event) => counted(row, event, 1),
    UserImported: (row, event) => counted(row, event, event.data.isActive ? 1 : 0),
    UserDeactivated: (row, event) => counted(row, event, -1),
    UserEmailChanged: 'ignore',
    UserNameChanged: 'ignore',
    UserUpdated: 'ignore',
  },
};

function counted(row: TenantViewRow | undefined, event: RecordedEvent<UserEvent>, users: number): TenantViewRow {
  const { user_count: before, ...view } = touched(row, event);
  return { ...view, user_count: before + users };
}

/** @throws MillraceError `CORRUPT_STREAM` when no TenantCreated came before */
function changed(
  row: TenantViewRow | undefined,
  event: RecordedEvent<TenantEvent>,
  changes: Partial<TenantViewRow>,
): TenantViewRow {
  if (!row?.version) {
    throw new MillraceError(
      'CORRUPT_STREAM',
      `${event.type} of tenant ${event.tenantId} has no TenantCreated before it`,
    );
  }
  return { ...touched(row, event), ...changes, version: event.sequenceNumber };
}

/** The row as of the event. Two topics have no common order, so an event that came later may be older. */
function touched(
  row: TenantViewRow | undefined,
  { tenantId, occurredAt }: RecordedEvent<TenantViewEvent>,
): TenantViewRow {
  if (row) return { ...row, last_updated: laterOf(row.last_updated, occurredAt) };
  return {
    tenant_id: tenantId,
    name: null,
    status: null,
    settings: {},
    user_count: 0,
    created_at: null,
    last_updated: occurredAt,
    version: 0,
  };
}
