import { type Environment, loadConfig } from '@millrace/config';
import { type Database, openDatabase } from '@millrace/postgres';
import { type Home, stackStatus } from '@millrace/stack';

/** Where the pieces are: what the environment says, else where the embedded stack of the home has them. */
export function placesOf(home: Home, environment: Environment): Environment {
  return { ...stackStatus(home)?.env, ...environment };
}

/** For statements that touch all of a table. */
export const LONGEST_UPKEEP_MS = 3_600_000;

/**
 * Runs `work` with the database of `placesOf`, and closes it.
 * @throws MillraceError `CONFIG_INVALID` when no database is known; what `work` threw
 */
export async function withDatabase<T>(
  places: Environment,
  work: (database: Database) => Promise<T>,
  statementTimeoutMs = 30_000,
): Promise<T> {
  const { DATABASE_URL } = loadConfig(places, ['DATABASE_URL']);
  const database = openDatabase({
    url: DATABASE_URL,
    poolSize: 1,
    applicationName: 'millrace cli',
    statementTimeoutMs,
  });
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}
