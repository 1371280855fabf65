import type { Command } from '@millrace/core';

export type CreateUser = Command<'CreateUser', { userId: string; email: string; username: string }>;
export type ChangeUserEmail = Command<'ChangeUserEmail', { userId: string; email: string }>;
export type ChangeUserName = Command<'ChangeUserName', { userId: string; username: string }>;
export type DeactivateUser = Command<'DeactivateUser', { userId: string; reason: string }>;
/** Takes a user over from a table that was kept before; `createdAt` is RFC 3339 in UTC. */
export type ImportUser = Command<
  'ImportUser',
  { userId: string; email: string; username: string; isActive: boolean; createdAt: string }
>;

/** Everything that can be asked of a user. */
export type UserCommand = CreateUser | ChangeUserEmail | ChangeUserName | DeactivateUser | ImportUser;
