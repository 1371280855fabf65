import { randomBytes } from 'node:crypto';

import { type Database, migrate, openDatabase } from '@millrace/postgres';

/** Restores and rebuilds read whole tables in one statement. */
const LONGEST_STATEMENT_MS = 6 * 3_600_000;

/** A database of the owner for work on whole tables. */
export function openForUpkeep(url: string, poolSize = 2): Database {
  return openDatabase({ url, poolSize, applicationName: 'millrace backup', statementTimeoutMs: LONGEST_STATEMENT_MS });
}

/**
 * Makes an empty database with the whole schema on the server of `url`, works with it, and drops it again.
 * @param url of the owner, who may create databases
 */
export async function withDatabaseBeside<T>(url: string, work: (database: Database) => Promise<T>): Promise<T> {
  const server = openForUpkeep(url, 1);
  const name = `millrace_beside_${randomBytes(6).toString('hex')}`;
  const beside = new URL(url);
  beside.pathname = `/${name}`;
  try {
    await server.query(`create database ${name}`);
    await migrate(beside.href);
    const database = openForUpkeep(beside.href);
    try {
      return await work(database);
    } finally {
      await database.close();
    }
  } finally {
    await server.query(`drop database if exists ${name} with (force)`);
    await server.close();
  }
}
