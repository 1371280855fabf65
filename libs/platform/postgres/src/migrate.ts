import { fileURLToPath } from 'node:url';

import { runner } from 'node-pg-migrate';

const directory = fileURLToPath(new URL('../migrations', import.meta.url));

/**
 * Brings a database to the newest schema. Running it again changes nothing; two at once wait for each other.
 * @param databaseUrl the owner's
 * @returns names of the migrations that ran
 */
export async function migrate(databaseUrl: string): Promise<string[]> {
  const done = await runner({
    databaseUrl,
    dir: directory,
    direction: 'up',
    migrationsTable: 'millrace_migrations',
    singleTransaction: true,
    advisoryLockMode: 'wait',
    log: () => undefined,
  });
  return done.map(({ name }) => name);
}
