import { describe, expect, it } from '@jest/globals';
import type { UserCommand, UserEvent } from '@millrace/contracts/users';
import { given, specContext } from '@millrace/core/testing';
import fc from 'fast-check';

import { user, type UserRejection } from './index.ts';

const userId = 'u-1';
const ada = { userId, email: 'ada@example.com', username: 'ada' };
const reason = 'left';

const created: UserEvent = { type: 'UserCreated', data: ada };
const imported: UserEvent = {
  type: 'UserImported',
  data: { ...ada, isActive: true, createdAt: '2019-05-06T07:08:09.000Z' },
};
const importedInactive: UserEvent = { type: 'UserImported', data: { ...imported.data, isActive: false } };
const updated: UserEvent = { type: 'UserUpdated', data: { userId, email: 'old@example.com', username: 'old' } };
const emailChanged: UserEvent = {
  type: 'UserEmailChanged',
  data: { userId, oldEmail: 'ada@example.com', newEmail: 'countess@example.com' },
};
const nameChanged: UserEvent = { type: 'UserNameChanged', data: { userId, oldName: 'ada', newName: 'countess' } };
const deactivated: UserEvent = { type: 'UserDeactivated', data: { userId, reason } };

type Situation = 'absent' | 'active' | 'imported' | 'deactivated' | 'imported inactive';

const histories: Record<Situation, UserEvent[]> = {
  absent: [],
  active: [created],
  imported: [imported],
  deactivated: [created, deactivated],
  'imported inactive': [importedInactive],
};

const commands: Record<UserCommand['type'], UserCommand> = {
  CreateUser: { type: 'CreateUser', data: ada },
  ImportUser: { type: 'ImportUser', data: imported.data },
  ChangeUserEmail: { type: 'ChangeUserEmail', data: { userId, email: 'countess@example.com' } },
  ChangeUserName: { type: 'ChangeUserName', data: { userId, username: 'countess' } },
  DeactivateUser: { type: 'DeactivateUser', data: { userId, reason } },
};

const absent = 'USER_NOT_FOUND';
const exists = 'USER_ALREADY_EXISTS';
const refused = 'USER_TRANSITION_REFUSED';

/** What each command does to a user who exists: alike for created and imported ones. */
const known = (active: UserEvent): Record<Exclude<Situation, 'absent'>, UserEvent | UserRejection> => ({
  active,
  imported: active,
  deactivated: refused,
  'imported inactive': refused,
});
const never = { active: exists, imported: exists, deactivated: exists, 'imported inactive': exists } as const;

/** The whole table: what each command does in each situation. */
const matrix: Record<UserCommand['type'], Record<Situation, UserEvent | UserRejection>> = {
  CreateUser: { absent: created, ...never },
  ImportUser: { absent: imported, ...never },
  ChangeUserEmail: { absent, ...known(emailChanged) },
  ChangeUserName: { absent, ...known(nameChanged) },
  DeactivateUser: { absent, ...known(deactivated) },
};

const pairs = Object.entries(matrix).flatMap(([type, row]) =>
  Object.entries(row).map(([situation, outcome]) => ({
    type: type as UserCommand['type'],
    situation: situation as Situation,
    outcome,
  })),
);

describe('user', () => {
  it.each(pairs)('TOX-41 TOX-2 TOX-3 TOX-4 ORD-76 ORD-80 $type when $situation', ({ type, situation, outcome }) => {
    const result = given(user)(...histories[situation]).when(commands[type]);
    if (typeof outcome === 'string') result.thenRejected(outcome);
    else result.then(outcome);
  });

  it('TOX-14 TOX-16 a user who was created has email, username and is active', () => {
    expect(user.aggregateType).toBe('user');
    expect(given(user)(created).state).toEqual({
      exists: true,
      email: 'ada@example.com',
      username: 'ada',
      isActive: true,
    });
  });

  it('TOX-42 an import takes the user over as they were, with the time of their creation', () => {
    given(user)().when({ type: 'ImportUser', data: importedInactive.data }).then(importedInactive);
    expect(given(user)(importedInactive).state).toMatchObject({ isActive: false });
  });

  it('TOX-3 TOX-4 TOX-19 TOX-20 changes tell the value before, whatever event set it', () => {
    given(user)(created, emailChanged)
      .when({ type: 'ChangeUserEmail', data: { userId, email: 'ada@example.com' } })
      .then({
        type: 'UserEmailChanged',
        data: { userId, oldEmail: 'countess@example.com', newEmail: 'ada@example.com' },
      });
    given(user)(created, nameChanged)
      .when({ type: 'ChangeUserName', data: { userId, username: 'ada' } })
      .then({ type: 'UserNameChanged', data: { userId, oldName: 'countess', newName: 'ada' } });
  });

  it('T-14 TOX-5 the legacy event sets email and name, and the next change tells them', () => {
    given(user)(created, updated)
      .when(commands.ChangeUserEmail)
      .then({
        type: 'UserEmailChanged',
        data: { userId, oldEmail: 'old@example.com', newEmail: 'countess@example.com' },
      });
    expect(given(user)(created, updated).state).toMatchObject({ username: 'old', isActive: true });
  });

  it('TOX-3 TOX-4 a change to what is there already is refused', () => {
    given(user)(created, emailChanged).when(commands.ChangeUserEmail).thenRejected('USER_UNCHANGED');
    given(user)(created, nameChanged).when(commands.ChangeUserName).thenRejected('USER_UNCHANGED');
  });

  it.each(['', ' '])('TOX-21 TOX-23 the email "%s" is refused, and so is such a name', (nothing) => {
    for (const type of ['CreateUser', 'ImportUser'] as const) {
      const command = (change: object) =>
        ({ type, data: { ...commands[type].data, ...change } }) as Extract<UserCommand, { type: typeof type }>;
      given(user)()
        .when(command({ email: nothing }))
        .thenRejected('USER_EMAIL_EMPTY');
      given(user)()
        .when(command({ username: nothing }))
        .thenRejected('USER_NAME_EMPTY');
    }
    given(user)(created)
      .when({ type: 'ChangeUserEmail', data: { userId, email: nothing } })
      .thenRejected('USER_EMAIL_EMPTY');
    given(user)(created)
      .when({ type: 'ChangeUserName', data: { userId, username: nothing } })
      .thenRejected('USER_NAME_EMPTY');
  });

  it('TOX-15 an event that cannot be applied is refused, so nothing is raised on it', () => {
    expect(() => user.evolve(user.initialState, updated)).toThrow('a user cannot begin with UserUpdated');
    const unknown = { type: 'UserPromoted', data: { userId } } as unknown as UserEvent;
    expect(() => given(user)(created, unknown)).toThrow('unreachable');
  });

  it('TOX-15 TOX-21 SHR-20 ACC-26 any run of commands: each raises at most one event, which applies at once; a replay gives the same user', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...Object.values(commands)), { maxLength: 30 }), (run) => {
        let state = user.initialState;
        const raised: UserEvent[] = [];
        for (const command of run) {
          const before = Object.freeze(state);
          const decision = user.decide(command, before, specContext);
          expect(user.decide(command, before, specContext)).toEqual(decision);
          if (decision.outcome === 'rejected') continue;
          expect(decision.events).toHaveLength(1);
          const after = decision.events.reduce((folded, event) => user.evolve(folded, Object.freeze(event)), before);
          expect(after).not.toEqual(before);
          state = after;
          raised.push(...decision.events);
        }
        expect(given(user)(...raised).state).toEqual(state);
        const ended = raised.findIndex(({ type }) => type === 'UserDeactivated');
        expect(ended === -1 || ended === raised.length - 1).toBe(true);
      }),
    );
  });
});
