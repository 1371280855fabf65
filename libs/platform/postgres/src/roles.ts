import pg from 'pg';

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
      if (password)
        await client.query(`alter role ${pg.escapeIdentifier(role)} password ${pg.escapeLiteral(password)}`);
    }
  } finally {
    await client.end();
  }
}
