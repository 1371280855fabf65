import { describe, expect, test } from '@jest/globals';
import { userEvents } from '@millrace/contracts/users';
import { foldEvent, handledTypes, type RecordedEvent } from '@millrace/core';

import { userProjector, type UserReadModelRow } from './index.ts';
import { type Happening, happenings, hour, userHistory } from './user-events.fixture.ts';

const fold = (...names: Happening[]): UserReadModelRow | undefined =>
  userHistory('u-1', names).reduce<UserReadModelRow | undefined>(
    (row, event) => foldEvent(userProjector, row, event),
    undefined,
  );

describe('user_projector', () => {
  test('TOX-32 TOX-33 bears the name it always had, and declares every event type of a user', () => {
    expect(userProjector.name).toBe('user_projector');
    const types = userEvents.definitions.map(({ type }) => type).sort();
    expect(handledTypes(userProjector).sort()).toEqual(types);
    expect(
      Object.values(happenings('u'))
        .map(({ type }) => type)
        .sort(),
    ).toEqual(types);
  });

  test('TOX-16 TOX-28 TOX-30 TOX-34 a created user is active, since the time of the event', () => {
    expect(fold('created')).toEqual({
      tenant_id: 'acme',
      id: 'u-1',
      email: 'ada@example.com',
      username: 'ada',
      is_active: true,
      created_at: hour(0),
      last_updated: hour(0),
      version: 1,
    });
  });

  test('TOX-29 TOX-34 TOX-41 changes refresh what they change and leave created_at alone', () => {
    expect(fold('created', 'emailChanged', 'nameChanged')).toEqual({
      tenant_id: 'acme',
      id: 'u-1',
      email: 'countess@example.com',
      username: 'countess',
      is_active: true,
      created_at: hour(0),
      last_updated: hour(2),
      version: 3,
    });
    expect(fold('created', 'emailChanged', 'deactivated')).toMatchObject({
      email: 'countess@example.com',
      is_active: false,
      created_at: hour(0),
      last_updated: hour(2),
    });
  });

  test('TOX-5 TOX-34 T-14 the legacy update sets email and name', () => {
    expect(fold('created', 'updated', 'nameChanged')).toMatchObject({
      email: 'legacy@example.com',
      username: 'countess',
      is_active: true,
      last_updated: hour(2),
    });
  });

  test('TOX-42 an imported user keeps the time of their creation, and whether they are active', () => {
    expect(fold('imported')).toMatchObject({
      email: 'old@example.com',
      is_active: false,
      created_at: '2019-05-06T07:08:09.123456Z',
      last_updated: hour(0),
    });
    expect(fold('imported', 'emailChanged')).toMatchObject({ created_at: '2019-05-06T07:08:09.123456Z', version: 2 });
  });

  test.each(['emailChanged', 'nameChanged', 'updated', 'deactivated'] as const)(
    'T-42 %s of a user who was never created is refused, not swallowed',
    (name) => {
      expect(() => fold(name)).toThrow('of user u-1 has no UserCreated before it');
    },
  );

  test('T-15 TOX-33 a type that is newer than this process leaves the row as it is, but for the version', () => {
    const [first, second] = userHistory('u-1', ['created', 'deactivated']) as [RecordedEvent, RecordedEvent];
    const row = foldEvent(userProjector, undefined, first as never);
    expect(foldEvent(userProjector, row, { ...second, type: 'UserPromoted' } as never)).toEqual({ ...row, version: 2 });
  });
});
