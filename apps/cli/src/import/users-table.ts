import type { Database } from '@millrace/postgres';
import pg from 'pg';

/** A user as both tables have them; what cannot be null in the read model may be in a table of somebody else. */
export type UserRow = {
  readonly id: string;
  readonly email: string;
  readonly username: string;
  readonly is_active: boolean;
  readonly created_at: string;
  /** Of the other fields, made by Postgres. */
  readonly checksum: string;
};

/** Users of one table, or of one tenant in the read model. */
export type UsersTable = { readonly database: Database; readonly from: string; readonly values: readonly unknown[] };

const PAGE_ROWS = 500;

/** The table that was kept before: `users`, or `schema.users`. */
export function legacyUsers(database: Database, table: string): UsersTable {
  return { database, from: table.split('.').map(pg.escapeIdentifier).join('.'), values: [] };
}

/** The read model's users of a tenant. */
export function readModelUsers(database: Database, tenantId: string): UsersTable {
  return { database, from: 'read_model.user_read_model where tenant_id = $1', values: [tenantId] };
}

/** All users as of one instant, by id, page by page. A `created_at` without time zone is taken for UTC. */
export async function eachPage(
  { database, from, values }: UsersTable,
  visit: (page: readonly UserRow[]) => Promise<void> | void,
): Promise<void> {
  await database.transaction(async (transaction) => {
    await transaction.query(
      `declare users_in_order no scroll cursor for
         select *, md5(jsonb_build_array(id, email, username, is_active, created_at)::text) as checksum
           from (select id::text collate "C" as id, email::text, username::text, is_active, created_at::timestamptz from ${from}) as users
          order by id`,
      [...values],
    );
    for (;;) {
      const { rows } = await transaction.query<UserRow>(`fetch ${PAGE_ROWS} from users_in_order`);
      if (rows.length === 0) return;
      await visit(rows);
    }
  });
}
