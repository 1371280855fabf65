import { setTimeout as delay } from 'node:timers/promises';

import { MillraceError, type Projection } from '@millrace/core';
import type { Database } from '@millrace/postgres';

const LOOK_AGAIN_MS = 200;

/**
 * Runs `work` as the only one who rebuilds, compares or switches a projection. The lock lives as long as its connection,
 * so a kill frees it at once; its transaction does nothing else, and holds nothing back.
 * @param options.patienceMs how long to wait for another one to end; default 5 s
 * @throws MillraceError `REBUILD_REFUSED` when another one is at work; what `work` threw
 */
export async function runAlone<T>(
  database: Database,
  { name, patienceMs = 5_000 }: Pick<Projection, 'name'> & { readonly patienceMs?: number },
  work: () => Promise<T>,
): Promise<T> {
  return database.transaction(async (transaction) => {
    // It idles on purpose, for as long as the work takes.
    await transaction.query('set local idle_in_transaction_session_timeout = 0');
    const deadline = performance.now() + patienceMs;
    for (;;) {
      const { rows } = await transaction.query<{ locked: boolean }>(
        `select pg_try_advisory_xact_lock(hashtext('millrace rebuild'), hashtext($1)) as locked`,
        [name],
      );
      if (rows[0]?.locked) return work();
      if (performance.now() > deadline) {
        throw new MillraceError('REBUILD_REFUSED', `a rebuild, comparison or switch of ${name} is at work already`);
      }
      await delay(LOOK_AGAIN_MS);
    }
  });
}
