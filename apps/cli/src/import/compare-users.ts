import { createHash } from 'node:crypto';

import { eachPage, type UserRow, type UsersTable } from './users-table.ts';

/** How many users there are, and one checksum of all fields of all of them. */
export type Sum = { readonly users: number; readonly checksum: string };

/** A user whom the two tables do not have alike. */
export type Difference = {
  readonly id: string;
  /** `missing` and `extra` are said of the read model. */
  readonly what: 'missing' | 'extra' | 'different';
  /** Fields that differ. */
  readonly fields: readonly string[];
};

/** The two tables side by side. */
export type Comparison = { readonly legacy: Sum; readonly readModel: Sum; readonly differences: readonly Difference[] };

const fields = ['email', 'username', 'is_active', 'created_at'] as const satisfies readonly (keyof UserRow)[];

/** Compares counts, checksums and, where these differ, fields. The old table is held in memory. */
export async function compareUsers(legacy: UsersTable, readModel: UsersTable): Promise<Comparison> {
  const unseen = new Map<string, UserRow>();
  const differences: Difference[] = [];
  const legacySum = await summed(legacy, (user) => void unseen.set(user.id, user));
  const readModelSum = await summed(readModel, (user) => {
    const old = unseen.get(user.id);
    unseen.delete(user.id);
    if (!old) differences.push({ id: user.id, what: 'extra', fields: [] });
    else if (old.checksum !== user.checksum) {
      const unlike = fields.filter((field) => old[field] !== user[field]);
      differences.push({ id: user.id, what: 'different', fields: unlike });
    }
  });
  for (const id of unseen.keys()) differences.push({ id, what: 'missing', fields: [] });
  return { legacy: legacySum, readModel: readModelSum, differences };
}

/** Both tables come in the order of their ids, so equal rows give equal sums. */
async function summed(table: UsersTable, visit: (user: UserRow) => void): Promise<Sum> {
  const hash = createHash('sha256');
  let users = 0;
  await eachPage(table, (page) => {
    for (const user of page) {
      users += 1;
      hash.update(user.checksum);
      visit(user);
    }
  });
  return { users, checksum: hash.digest('hex') };
}
