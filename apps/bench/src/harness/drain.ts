/** Turns of a given amount of work, done from its beginning to its end as fast as it goes. */
import type { Measured } from './arm.ts';
import type { BenchDatabase, BenchPostgres } from './bench-postgres.ts';
import { costs, snapshot } from './load.ts';

/** Work on a database: how many operations it is, and who tells what they cost. */
export type Drain = {
  readonly postgres: BenchPostgres;
  readonly database: Pick<BenchDatabase, 'name'>;
  readonly operations: number;
};

/** Measures work that is warm already. @returns all but what its check finds */
export async function drain(
  { postgres, database, operations }: Drain,
  work: () => Promise<unknown>,
): Promise<Omit<Measured, 'problems'>> {
  const started = await snapshot(postgres, database.name);
  const start = performance.now();
  await work();
  const seconds = (performance.now() - start) / 1_000;
  const ended = await snapshot(postgres, database.name);
  return { operations, perSecond: operations / seconds, ...costs(started, ended, operations) };
}
