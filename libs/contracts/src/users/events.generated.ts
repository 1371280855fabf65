// Generated from schemas/**/*.avsc by `npm run generate`: do not edit.
// Every name here is stored and published for ever: a new shape is a new schema version, not a rename.

import type { DomainEvent } from '@millrace/core';

/** A user may use the system. */
export type UserCreated = DomainEvent<
  'UserCreated',
  {
    /** The user; also the key of the record. */
    readonly userId: string;
    /** Email address. Personal data. */
    readonly email: string;
    /** Name of the user. Personal data. */
    readonly username: string;
  }
>;

/** The user may not use the system any more. */
export type UserDeactivated = DomainEvent<
  'UserDeactivated',
  {
    /** The user; also the key of the record. */
    readonly userId: string;
    /** Why, in the words of whoever deactivated the user; must not name anyone. */
    readonly reason: string;
  }
>;

/** The user is reached under another email address. */
export type UserEmailChanged = DomainEvent<
  'UserEmailChanged',
  {
    /** The user; also the key of the record. */
    readonly userId: string;
    /** The address until now. Personal data. */
    readonly oldEmail: string;
    /** The address from now on. Personal data. */
    readonly newEmail: string;
  }
>;

/** A user was taken over from a table that was kept before, as it stood there. */
export type UserImported = DomainEvent<
  'UserImported',
  {
    /** The user; also the key of the record. */
    readonly userId: string;
    /** Email address. Personal data. */
    readonly email: string;
    /** Name of the user. Personal data. */
    readonly username: string;
    /** Whether the user may use the system. */
    readonly isActive: boolean;
    /** When the user was created there, RFC 3339 in UTC. */
    readonly createdAt: string;
  }
>;

/** The user bears another name. */
export type UserNameChanged = DomainEvent<
  'UserNameChanged',
  {
    /** The user; also the key of the record. */
    readonly userId: string;
    /** The name until now. Personal data. */
    readonly oldName: string;
    /** The name from now on. Personal data. */
    readonly newName: string;
  }
>;

/** Legacy, read and never written: email and name were set, whatever they had been. Stored as user.updated by the predecessor. */
export type UserUpdated = DomainEvent<
  'UserUpdated',
  {
    /** The user; also the key of the record. */
    readonly userId: string;
    /** The address from then on. Personal data. */
    readonly email: string;
    /** The name from then on. Personal data. */
    readonly username: string;
  }
>;

/** Every event of users, in its newest version. */
export type UserEvent = UserCreated | UserDeactivated | UserEmailChanged | UserImported | UserNameChanged | UserUpdated;
