/** Tenants and their users as events, for specs. */
import { createHash } from 'node:crypto';

import type { TenantEvent } from '@millrace/contracts/tenants';
import type { UserEvent } from '@millrace/contracts/users';
import type { RecordedEvent } from '@millrace/core';

import { tenantViewEvents } from './index.ts';

/** Each thing that can happen to tenant `tenantId`. */
export const tenantHappenings = (tenantId: string) =>
  ({
    created: { type: 'TenantCreated', data: { tenantId, name: 'Acme', settings: { locale: 'de' } } },
    renamed: { type: 'TenantRenamed', data: { tenantId, oldName: 'Acme', newName: 'Acme Ltd' } },
    configured: { type: 'TenantSettingsUpdated', data: { tenantId, settings: { theme: 'dark' } } },
    suspended: { type: 'TenantSuspended', data: { tenantId, reason: 'unpaid' } },
    reactivated: { type: 'TenantReactivated', data: { tenantId } },
    deleted: { type: 'TenantDeleted', data: { tenantId, reason: 'moved on' } },
  }) as const satisfies Record<string, TenantEvent>;

/** Each thing that can happen to user `userId`. */
export const userHappenings = (userId: string) => {
  const said = { userId, email: 'ada@example.com', username: 'ada' };
  const createdAt = '2019-05-06T07:08:09.000Z';
  return {
    created: { type: 'UserCreated', data: said },
    imported: { type: 'UserImported', data: { ...said, isActive: true, createdAt } },
    importedInactive: { type: 'UserImported', data: { ...said, isActive: false, createdAt } },
    emailChanged: {
      type: 'UserEmailChanged',
      data: { userId, oldEmail: 'ada@example.com', newEmail: 'a@example.com' },
    },
    nameChanged: { type: 'UserNameChanged', data: { userId, oldName: 'ada', newName: 'a' } },
    updated: { type: 'UserUpdated', data: said },
    deactivated: { type: 'UserDeactivated', data: { userId, reason: 'left' } },
  } as const satisfies Record<string, UserEvent>;
};

type Happening<Kind extends (id: string) => object> = keyof ReturnType<Kind>;

/** A tenant's own events, hours apart from midnight. */
export function tenantHistory(
  tenantId: string,
  names: readonly Happening<typeof tenantHappenings>[],
): RecordedEvent<TenantEvent>[] {
  return names.map((name, index) => recorded(tenantHappenings(tenantId)[name], { tenantId, id: tenantId, index }));
}

/** A user's events, hours apart from midnight. */
export function userHistory(
  tenantId: string,
  id: string,
  names: readonly Happening<typeof userHappenings>[],
): RecordedEvent<UserEvent>[] {
  return names.map((name, index) => recorded(userHappenings(id)[name], { tenantId, id, index }));
}

/** The hour at which event `index` of an aggregate occurred. */
export function hour(index: number): string {
  return new Date(Date.UTC(2026, 0, 2, index)).toISOString();
}

type Place = { readonly tenantId: string; readonly id: string; readonly index: number };

function recorded<E extends TenantEvent | UserEvent>(event: E, { tenantId, id, index }: Place): RecordedEvent<E> {
  const { aggregateType } = tenantViewEvents.definition(event.type);
  return {
    ...event,
    tenantId,
    aggregateType,
    aggregateId: id,
    sequenceNumber: index + 1,
    eventId: idOf(`${tenantId} ${aggregateType} ${id} ${index}`),
    eventVersion: 1,
    occurredAt: hour(index),
    correlationId: 'correlation',
    causationId: 'command',
    userId: 'alice',
    sessionId: 'session',
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    metadata: {},
  } as unknown as RecordedEvent<E>;
}

function idOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-');
}
