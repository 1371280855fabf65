/** The life of users as events, for specs. */
import { createHash } from 'node:crypto';

import { type UserEvent, userEvents } from '@millrace/contracts/users';
import type { RecordedEvent } from '@millrace/core';

/** Each thing that can happen to user `userId`. */
export const happenings = (userId: string) =>
  ({
    created: { type: 'UserCreated', data: { userId, email: 'ada@example.com', username: 'ada' } },
    imported: {
      type: 'UserImported',
      data: {
        userId,
        email: 'old@example.com',
        username: 'old',
        isActive: false,
        createdAt: '2019-05-06T07:08:09.123456Z',
      },
    },
    emailChanged: {
      type: 'UserEmailChanged',
      data: { userId, oldEmail: 'ada@example.com', newEmail: 'countess@example.com' },
    },
    nameChanged: { type: 'UserNameChanged', data: { userId, oldName: 'ada', newName: 'countess' } },
    updated: { type: 'UserUpdated', data: { userId, email: 'legacy@example.com', username: 'legacy' } },
    deactivated: { type: 'UserDeactivated', data: { userId, reason: 'left' } },
  }) as const satisfies Record<string, UserEvent>;

/** What happened, by the names of `happenings`. */
export type Happening = keyof ReturnType<typeof happenings>;

/** A user's events one hour apart, the first at midnight; ids follow from user and position. */
export function userHistory(
  userId: string,
  names: readonly Happening[],
  tenantId = 'acme',
): RecordedEvent<UserEvent>[] {
  return names.map((name, index) => {
    const event: UserEvent = happenings(userId)[name];
    return {
      ...event,
      tenantId,
      aggregateType: 'user',
      aggregateId: userId,
      sequenceNumber: index + 1,
      eventId: idOf(`${tenantId} ${userId} ${index + 1}`),
      eventVersion: userEvents.currentVersion(event.type),
      occurredAt: hour(index),
      correlationId: 'correlation',
      causationId: 'command',
      userId: 'alice',
      sessionId: 'session',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      metadata: {},
    };
  });
}

/** The hour at which event `index` of a user occurred. */
export function hour(index: number): string {
  return new Date(Date.UTC(2026, 0, 2, index)).toISOString();
}

function idOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-');
}
