import type { TenantCommand, TenantEvent, TenantSettings } from '@millrace/contracts/tenants';
import {
  accept,
  type Decider,
  type Decision,
  MillraceError,
  reject,
  rejectAbsent,
  rejectExisting,
  unreachable,
} from '@millrace/core';

/** Where a tenant stands. `absent` is the state before the first event. */
export type TenantStatus = 'absent' | 'active' | 'suspended' | 'deleted';

/** What the rules need to know, and no more. */
export type Tenant = { readonly status: TenantStatus; readonly name: string; readonly settings: TenantSettings };

/** Refusals of the tenant rules; clients may rely on the codes. */
export type TenantRejection =
  'TENANT_NOT_FOUND' | 'TENANT_ALREADY_EXISTS' | 'TENANT_NAME_EMPTY' | 'TENANT_UNCHANGED' | 'TENANT_TRANSITION_REFUSED';

type TenantDecision = Decision<TenantEvent, TenantRejection>;
type Change = Exclude<TenantCommand, { type: 'CreateTenant' }>;

/**
 * The tenant:
 *
 *     absent ─create▶ active ◀─reactivate─ suspended
 *                      │ ⟲ rename, settings   │ ⟲ rename, settings
 *                      ├───────suspend───────▶│
 *                      └───────delete─────────┴──▶ deleted
 *
 * Deleted is final: the id is never given away again, because its history stays. A transition that is not drawn is
 * refused, a repeated one too, and so is a change to what is there already.
 */
export const tenant: Decider<Tenant, TenantCommand, TenantEvent, TenantRejection> = {
  aggregateType: 'tenant',
  initialState: { status: 'absent', name: '', settings: {} },
  stateVersion: 1,

  decide(command, state) {
    if (command.type === 'CreateTenant') return create(command.data, state);
    const { tenantId } = command.data;
    if (state.status === 'absent') return rejectAbsent('TENANT_NOT_FOUND', `There is no tenant ${tenantId}.`);
    if (!allowed[command.type].includes(state.status)) {
      return reject(
        'TENANT_TRANSITION_REFUSED',
        `${command.type} is not possible: tenant ${tenantId} is ${state.status}.`,
      );
    }
    return change(command, state);
  },

  evolve(state, event) {
    if (state.status === 'absent' && event.type !== 'TenantCreated') {
      throw new MillraceError('CORRUPT_STREAM', `a tenant cannot begin with ${event.type}`, {
        facts: { tenantId: event.data.tenantId },
      });
    }
    switch (event.type) {
      case 'TenantCreated':
        return { status: 'active', name: event.data.name, settings: event.data.settings };
      case 'TenantRenamed':
        return { ...state, name: event.data.newName };
      case 'TenantSettingsUpdated':
        return { ...state, settings: event.data.settings };
      case 'TenantSuspended':
        return { ...state, status: 'suspended' };
      case 'TenantReactivated':
        return { ...state, status: 'active' };
      case 'TenantDeleted':
        return { ...state, status: 'deleted' };
      default:
        return unreachable(event);
    }
  },
};

/** From which statuses each command may start. */
const allowed: Readonly<Record<Change['type'], readonly TenantStatus[]>> = {
  RenameTenant: ['active', 'suspended'],
  UpdateTenantSettings: ['active', 'suspended'],
  SuspendTenant: ['active'],
  ReactivateTenant: ['suspended'],
  DeleteTenant: ['active', 'suspended'],
};

function create(data: Extract<TenantCommand, { type: 'CreateTenant' }>['data'], { status }: Tenant): TenantDecision {
  if (status !== 'absent') return rejectExisting('TENANT_ALREADY_EXISTS', `Tenant ${data.tenantId} exists already.`);
  return refuseName(data.name) ?? accept({ type: 'TenantCreated', data });
}

function change(command: Change, state: Tenant): TenantDecision {
  switch (command.type) {
    case 'RenameTenant':
      return rename(command.data, state);
    case 'UpdateTenantSettings':
      if (sameSettings(command.data.settings, state.settings))
        return reject('TENANT_UNCHANGED', 'The tenant has these settings already.');
      return accept({ type: 'TenantSettingsUpdated', data: command.data });
    case 'SuspendTenant':
      return accept({ type: 'TenantSuspended', data: command.data });
    case 'ReactivateTenant':
      return accept({ type: 'TenantReactivated', data: command.data });
    case 'DeleteTenant':
      return accept({ type: 'TenantDeleted', data: command.data });
    default:
      return unreachable(command);
  }
}

function rename({ tenantId, name }: Extract<Change, { type: 'RenameTenant' }>['data'], state: Tenant): TenantDecision {
  if (name === state.name) return reject('TENANT_UNCHANGED', 'The tenant bears this name already.');
  return refuseName(name) ?? accept({ type: 'TenantRenamed', data: { tenantId, oldName: state.name, newName: name } });
}

function refuseName(name: string): TenantDecision | undefined {
  return name.trim() === '' ? reject('TENANT_NAME_EMPTY', 'A tenant needs a name.') : undefined;
}

function sameSettings(one: TenantSettings, other: TenantSettings): boolean {
  const names = Object.keys(one);
  return names.length === Object.keys(other).length && names.every((name) => one[name] === other[name]);
}
