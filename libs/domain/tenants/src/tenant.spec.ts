import { describe, expect, it } from '@jest/globals';
import type { TenantCommand, TenantEvent } from '@millrace/contracts/tenants';
import { given, specContext } from '@millrace/core/testing';
import fc from 'fast-check';

import { tenant, type TenantRejection, type TenantStatus } from './index.ts';

const tenantId = 'acme';
const settings = { locale: 'de' };
const reason = 'unpaid';

const created: TenantEvent = { type: 'TenantCreated', data: { tenantId, name: 'Acme', settings: {} } };
const renamed: TenantEvent = { type: 'TenantRenamed', data: { tenantId, oldName: 'Acme', newName: 'Acme Ltd' } };
const configured: TenantEvent = { type: 'TenantSettingsUpdated', data: { tenantId, settings } };
const suspended: TenantEvent = { type: 'TenantSuspended', data: { tenantId, reason } };
const reactivated: TenantEvent = { type: 'TenantReactivated', data: { tenantId } };
const deleted: TenantEvent = { type: 'TenantDeleted', data: { tenantId, reason } };

const histories: Record<TenantStatus, TenantEvent[]> = {
  absent: [],
  active: [created],
  suspended: [created, suspended],
  deleted: [created, deleted],
};

const commands: Record<TenantCommand['type'], TenantCommand> = {
  CreateTenant: { type: 'CreateTenant', data: { tenantId, name: 'Acme', settings: {} } },
  RenameTenant: { type: 'RenameTenant', data: { tenantId, name: 'Acme Ltd' } },
  UpdateTenantSettings: { type: 'UpdateTenantSettings', data: { tenantId, settings } },
  SuspendTenant: { type: 'SuspendTenant', data: { tenantId, reason } },
  ReactivateTenant: { type: 'ReactivateTenant', data: { tenantId } },
  DeleteTenant: { type: 'DeleteTenant', data: { tenantId, reason } },
};

const absent = 'TENANT_NOT_FOUND';
const exists = 'TENANT_ALREADY_EXISTS';
const refused = 'TENANT_TRANSITION_REFUSED';

/** The whole transition table: what each command does in each state. */
const matrix: Record<TenantCommand['type'], Record<TenantStatus, TenantEvent | TenantRejection>> = {
  CreateTenant: { absent: created, active: exists, suspended: exists, deleted: exists },
  RenameTenant: { absent, active: renamed, suspended: renamed, deleted: refused },
  UpdateTenantSettings: { absent, active: configured, suspended: configured, deleted: refused },
  SuspendTenant: { absent, active: suspended, suspended: refused, deleted: refused },
  ReactivateTenant: { absent, active: refused, suspended: reactivated, deleted: refused },
  DeleteTenant: { absent, active: deleted, suspended: deleted, deleted: refused },
};

const pairs = Object.entries(matrix).flatMap(([type, row]) =>
  Object.entries(row).map(([status, outcome]) => ({
    type: type as TenantCommand['type'],
    status: status as TenantStatus,
    outcome,
  })),
);

describe('tenant', () => {
  it.each(pairs)('ACC-14 ACC-15 ACC-16 ORD-80 $type when $status', ({ type, status, outcome }) => {
    const result = given(tenant)(...histories[status]).when(commands[type]);
    if (typeof outcome === 'string') result.thenRejected(outcome);
    else result.then(outcome);
  });

  it.each(['', '  '])('ACC-14 the name "%s" is refused', (name) => {
    given(tenant)()
      .when({ type: 'CreateTenant', data: { tenantId, name, settings } })
      .thenRejected('TENANT_NAME_EMPTY');
    given(tenant)(created).when({ type: 'RenameTenant', data: { tenantId, name } }).thenRejected('TENANT_NAME_EMPTY');
  });

  it('ACC-15 a change to what is there already is refused', () => {
    given(tenant)(created, renamed).when(commands.RenameTenant).thenRejected('TENANT_UNCHANGED');
    given(tenant)(created, configured).when(commands.UpdateTenantSettings).thenRejected('TENANT_UNCHANGED');
  });

  it.each([{}, { locale: 'en' }, { locale: 'de', theme: 'dark' }])('ACC-15 settings become %j as a whole', (next) => {
    given(tenant)(created, configured)
      .when({ type: 'UpdateTenantSettings', data: { tenantId, settings: next } })
      .then({ type: 'TenantSettingsUpdated', data: { tenantId, settings: next } });
  });

  it('ACC-14 a tenant begins with TenantCreated and with nothing else', () => {
    expect(() => tenant.evolve(tenant.initialState, suspended)).toThrow('a tenant cannot begin with TenantSuspended');
  });

  it('ACC-16 SHR-20 no run of commands leaves the transition table, and nothing follows a deletion', () => {
    const next: Record<TenantStatus, readonly TenantStatus[]> = {
      absent: ['active'],
      active: ['active', 'suspended', 'deleted'],
      suspended: ['suspended', 'active', 'deleted'],
      deleted: [],
    };
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...Object.values(commands)), { maxLength: 30 }), (run) => {
        let state = tenant.initialState;
        const stored: TenantEvent[] = [];
        for (const command of run) {
          const before = Object.freeze(state);
          const decision = tenant.decide(command, before, specContext);
          expect(tenant.decide(command, before, specContext)).toEqual(decision);
          if (decision.outcome === 'rejected') continue;
          for (const event of decision.events) {
            const evolved = tenant.evolve(state, event);
            expect(next[state.status]).toContain(evolved.status);
            state = evolved;
            stored.push(event);
          }
        }
        expect(given(tenant)(...stored).state).toEqual(state);
      }),
    );
  });
});
