import type { UserCommand, UserEvent } from '@millrace/contracts/users';
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

/** What the rules need to know of a user who exists. */
type KnownUser = {
  readonly exists: true;
  readonly email: string;
  readonly username: string;
  readonly isActive: boolean;
};

/** A user, or nobody yet. */
export type User = { readonly exists: false } | KnownUser;

/** Refusals of the user rules; clients may rely on the codes. */
export type UserRejection =
  | 'USER_NOT_FOUND'
  | 'USER_ALREADY_EXISTS'
  | 'USER_EMAIL_EMPTY'
  | 'USER_NAME_EMPTY'
  | 'USER_UNCHANGED'
  | 'USER_TRANSITION_REFUSED';

type UserDecision = Decision<UserEvent, UserRejection>;
type Beginning = Extract<UserCommand, { type: 'CreateUser' | 'ImportUser' }>;
type Change = Exclude<UserCommand, Beginning>;

/**
 * The user:
 *
 *     absent ─create, import▶ active ─deactivate▶ deactivated
 *        │                     ⟲ change email, change name  ▲
 *        └───────────────import of a user who was───────────┘
 *
 * Deactivated is final. What is not drawn is refused, and so is a change to what is there already.
 */
export const user: Decider<User, UserCommand, UserEvent, UserRejection> = {
  aggregateType: 'user',
  initialState: { exists: false },
  stateVersion: 1,

  decide(command, state) {
    if (command.type === 'CreateUser' || command.type === 'ImportUser') return begin(command, state);
    const { userId } = command.data;
    if (!state.exists) return rejectAbsent('USER_NOT_FOUND', `There is no user ${userId}.`);
    if (!state.isActive) {
      return reject('USER_TRANSITION_REFUSED', `${command.type} is not possible: user ${userId} is deactivated.`);
    }
    return change(command, state);
  },

  evolve(state, event) {
    if (event.type === 'UserCreated' || event.type === 'UserImported') return beginning(event);
    if (!state.exists) {
      throw new MillraceError('CORRUPT_STREAM', `a user cannot begin with ${event.type}`, {
        facts: { userId: event.data.userId },
      });
    }
    switch (event.type) {
      case 'UserEmailChanged':
        return { ...state, email: event.data.newEmail };
      case 'UserNameChanged':
        return { ...state, username: event.data.newName };
      case 'UserUpdated':
        return { ...state, email: event.data.email, username: event.data.username };
      case 'UserDeactivated':
        return { ...state, isActive: false };
      default:
        return unreachable(event);
    }
  },
};

function begin(command: Beginning, { exists }: User): UserDecision {
  const { userId, email, username } = command.data;
  if (exists) return rejectExisting('USER_ALREADY_EXISTS', `User ${userId} exists already.`);
  const refusal = refuseEmail(email) ?? refuseName(username);
  if (refusal) return refusal;
  return command.type === 'CreateUser'
    ? accept({ type: 'UserCreated', data: command.data })
    : accept({ type: 'UserImported', data: command.data });
}

function change(command: Change, { email, username }: KnownUser): UserDecision {
  const { userId } = command.data;
  switch (command.type) {
    case 'ChangeUserEmail': {
      const newEmail = command.data.email;
      if (newEmail === email) return reject('USER_UNCHANGED', 'The user has this email address already.');
      return refuseEmail(newEmail) ?? accept({ type: 'UserEmailChanged', data: { userId, oldEmail: email, newEmail } });
    }
    case 'ChangeUserName': {
      const newName = command.data.username;
      if (newName === username) return reject('USER_UNCHANGED', 'The user bears this name already.');
      return refuseName(newName) ?? accept({ type: 'UserNameChanged', data: { userId, oldName: username, newName } });
    }
    case 'DeactivateUser':
      return accept({ type: 'UserDeactivated', data: command.data });
    default:
      return unreachable(command);
  }
}

function beginning({ type, data }: Extract<UserEvent, { type: 'UserCreated' | 'UserImported' }>): KnownUser {
  const { email, username } = data;
  return { exists: true, email, username, isActive: type === 'UserCreated' || data.isActive };
}

function refuseEmail(email: string): UserDecision | undefined {
  return email.trim() === '' ? reject('USER_EMAIL_EMPTY', 'A user needs an email address.') : undefined;
}

function refuseName(username: string): UserDecision | undefined {
  return username.trim() === '' ? reject('USER_NAME_EMPTY', 'A user needs a name.') : undefined;
}
