import { setTimeout as delay } from 'node:timers/promises';

import { type RetryProgress, retryProgress, type RetryRequest } from '@millrace/consumer';
import type { Database } from '@millrace/postgres';

/** Where a request stood when all was tried, or the time was up. `idle`: groups that have no running process. */
export type RetryReport = RetryProgress & { readonly idle: readonly string[]; readonly paused: readonly string[] };

const POLL_MS = 250;

/** Waits until every sequence of a request was tried, at most so long. Errors as `Database.query`. */
export async function awaitRetry(
  database: Database,
  { requestId, sequences }: RetryRequest,
  waitMs: number,
): Promise<RetryReport> {
  const deadline = performance.now() + waitMs;
  for (;;) {
    const progress = await retryProgress(database, requestId);
    if (progress.waiting === 0) return { ...progress, idle: [], paused: [] };
    if (performance.now() > deadline) {
      return { ...progress, ...(await absentGroups(database, [...new Set(sequences.map(({ group }) => group))])) };
    }
    await delay(POLL_MS);
  }
}

/** A process of a group is known by its connections. */
async function absentGroups(database: Database, groups: readonly string[]) {
  const { rows } = await database.query<{ name: string; idle: boolean; paused: boolean }>(
    `select name, not exists (select from pg_stat_activity where application_name = name and datname = current_database()) as idle,
       exists (select from consumer.groups g where g.consumer_group = name and g.paused) as paused
     from unnest($1::text[]) as name`,
    [groups],
  );
  const named = (which: 'idle' | 'paused') => rows.filter((row) => row[which]).map(({ name }) => name);
  return { idle: named('idle'), paused: named('paused') };
}
