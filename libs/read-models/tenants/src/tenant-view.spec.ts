import { describe, expect, test } from '@jest/globals';
import type { TenantEvent } from '@millrace/contracts/tenants';
import type { UserEvent } from '@millrace/contracts/users';
import { foldEvent, type RecordedEvent } from '@millrace/core';

import { tenantView, tenantViewEvents, type TenantViewRow } from './index.ts';
import { hour, tenantHappenings, tenantHistory, userHappenings, userHistory } from './tenant-events.fixture.ts';

const fold = (
  events: readonly RecordedEvent<TenantEvent | UserEvent>[],
  start?: TenantViewRow,
): TenantViewRow | undefined =>
  events.reduce<TenantViewRow | undefined>((row, event) => foldEvent(tenantView, row, event), start);

describe('tenant_view', () => {
  test('ACC-24 every event type of tenants and users is handled or ignored on purpose, and no other one', () => {
    const types = tenantViewEvents.definitions.map(({ type }) => type).sort();
    expect(Object.keys(tenantView.handlers).sort()).toEqual(types);
    const happened = [...Object.values(tenantHappenings('t')), ...Object.values(userHappenings('u'))];
    expect([...new Set(happened.map(({ type }) => type))].sort()).toEqual(types);
  });

  test('ACC-17 ACC-24 a tenant from creation to deletion', () => {
    const [created, ...rest] = tenantHistory('acme', [
      'created',
      'renamed',
      'configured',
      'suspended',
      'reactivated',
      'deleted',
    ]) as [RecordedEvent<TenantEvent>, ...RecordedEvent<TenantEvent>[]];
    let row = fold([created]);
    expect(row).toEqual({
      tenant_id: 'acme',
      name: 'Acme',
      status: 'active',
      settings: { locale: 'de' },
      user_count: 0,
      created_at: hour(0),
      last_updated: hour(0),
      version: 1,
    });
    const steps: Partial<TenantViewRow>[] = [
      { name: 'Acme Ltd' },
      { settings: { theme: 'dark' } },
      { status: 'suspended' },
      { status: 'active' },
      { status: 'deleted' },
    ];
    for (const [index, event] of rest.entries()) {
      const before = row;
      row = fold([event], row);
      expect(row).toEqual({ ...before, ...steps[index], last_updated: hour(index + 1), version: index + 2 });
    }
  });

  test('ACC-18 the count is that of the active users', () => {
    const users = [
      ...userHistory('acme', 'u-1', ['created', 'emailChanged', 'nameChanged', 'updated']),
      ...userHistory('acme', 'u-2', ['created', 'deactivated']),
      ...userHistory('acme', 'u-3', ['imported']),
      ...userHistory('acme', 'u-4', ['importedInactive']),
    ];
    expect(fold([...tenantHistory('acme', ['created']), ...users])).toMatchObject({ user_count: 2, version: 1 });
  });

  test('ACC-18 users who come before their tenant are counted, in a row that is no tenant yet', () => {
    const users = userHistory('acme', 'u-1', ['created']);
    const early = fold(users);
    expect(early).toMatchObject({ version: 0, name: null, status: null, user_count: 1, created_at: null });
    const both = fold(tenantHistory('acme', ['created', 'suspended']), early);
    expect(both).toEqual(fold([...tenantHistory('acme', ['created', 'suspended']), ...users]));
    expect(both).toMatchObject({ version: 2, status: 'suspended', user_count: 1 });
  });

  test('T-42 a change of a tenant that was never created is refused, users or none', () => {
    const [, suspended] = tenantHistory('acme', ['created', 'suspended']) as [never, RecordedEvent<TenantEvent>];
    const message = 'TenantSuspended of tenant acme has no TenantCreated before it';
    expect(() => fold([suspended])).toThrow(message);
    expect(() => fold([suspended], fold(userHistory('acme', 'u-1', ['created'])))).toThrow(message);
  });

  test.each([
    ['2026-01-02T00:00:00+00:00', '2026-01-02T00:00:00.001Z', '2026-01-02T00:00:00.001Z'],
    ['2026-01-02T00:00:00.123+00:00', '2026-01-02T00:00:00.122999Z', '2026-01-02T00:00:00.123+00:00'],
    ['2026-01-02T00:00:00.123456+00:00', '2026-01-02T00:00:00.123Z', '2026-01-02T00:00:00.123456+00:00'],
    ['2026-01-02T00:00:00.9+00:00', '2026-01-02T00:00:01.000Z', '2026-01-02T00:00:01.000Z'],
  ])('ACC-17 last_updated of %s and %s is the later one', (stored, occurredAt, later) => {
    const [created] = tenantHistory('acme', ['created']) as [RecordedEvent<TenantEvent>];
    const row = { ...(fold([created]) as TenantViewRow), last_updated: stored };
    const [user] = userHistory('acme', 'u-1', ['created']) as [RecordedEvent<UserEvent>];
    expect(fold([{ ...user, occurredAt }], row)).toMatchObject({ last_updated: later });
  });
});
