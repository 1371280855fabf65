import pg from 'pg';

// Roles belong to the whole server: whoever alters the same one from another database at this moment makes this fail.
const CONCURRENTLY_UPDATED = 'tuple concurrently updated';
const TRIES = 20;

/**
 * Gives roles their passwords, for `millrace deploy`. Empty passwords leave a role as it is.
 * @param databaseUrl the owner's, who must have CREATEROLE
 */
export async function setRolePasswords(
  databaseUrl: string,
  passwords: Readonly<Record<string, string>>,
): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    for (const [role, password] of Object.entries(passwords)) {
      if (password) await alterRole(client, `${pg.escapeIdentifier(role)} password ${pg.escapeLiteral(password)}`);
    }
  } finally {
    await client.end();
  }
}

async function alterRole(client: pg.Client, change: string): Promise<void> {
  for (let tries = TRIES; ; tries -= 1) {
    try {
      return void (await client.query(`alter role ${change}`));
    } catch (error) {
      if ((error as Error).message !== CONCURRENTLY_UPDATED || tries <= 1) throw error;
    }
  }
}
