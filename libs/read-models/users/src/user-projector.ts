import { type UserEvent, USERS_TOPIC } from '@millrace/contracts/users';
import { MillraceError, type Projection, type RecordedEvent } from '@millrace/core';

type UserKey = { readonly tenant_id: string; readonly id: string };

/** One user as they are now: table `user_read_model`. */
export type UserReadModelRow = UserKey & {
  readonly email: string;
  readonly username: string;
  readonly is_active: boolean;
  /** When the user was created: here, or in the table that they were imported from. */
  readonly created_at: string;
  readonly last_updated: string;
};

/** Answers: who is this user? */
export const userProjector: Projection<UserEvent, UserReadModelRow> = {
  name: 'user_projector',
  table: 'user_read_model',
  topics: [USERS_TOPIC],
  keyColumns: ['tenant_id', 'id'],
  rowPer: 'aggregate',
  key: userKey,
  handlers: {
    UserCreated: (_row, event) => ({
      ...userKey(event),
      email: event.data.email,
      username: event.data.username,
      is_active: true,
      created_at: event.occurredAt,
      last_updated: event.occurredAt,
    }),
    UserImported: (_row, event) => ({
      ...userKey(event),
      email: event.data.email,
      username: event.data.username,
      is_active: event.data.isActive,
      created_at: event.data.createdAt,
      last_updated: event.occurredAt,
    }),
    UserEmailChanged: (row, event) => changed(row, event, { email: event.data.newEmail }),
    UserNameChanged: (row, event) => changed(row, event, { username: event.data.newName }),
    UserUpdated: (row, event) => changed(row, event, { email: event.data.email, username: event.data.username }),
    UserDeactivated: (row, event) => changed(row, event, { is_active: false }),
  },
};

function userKey({ tenantId, aggregateId }: RecordedEvent<UserEvent>): UserKey {
  return { tenant_id: tenantId, id: aggregateId };
}

/** @throws MillraceError `CORRUPT_STREAM` when the user was neither created nor imported before */
function changed(
  row: UserReadModelRow | undefined,
  event: RecordedEvent<UserEvent>,
  changes: Partial<UserReadModelRow>,
): UserReadModelRow {
  if (!row) {
    throw new MillraceError(
      'CORRUPT_STREAM',
      `${event.type} of user ${event.aggregateId} has no UserCreated before it`,
    );
  }
  return { ...row, ...changes, last_updated: event.occurredAt };
}
