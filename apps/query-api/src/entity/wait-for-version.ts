import { setTimeout as delay } from 'node:timers/promises';

import { HttpProblem, httpProblem, RETRY_AFTER } from '@millrace/http';
import { type KeyedProjection, parkedEvent, probeRow, type QueriedProjection, type Queryable } from '@millrace/queries';

/** The row that is waited for. */
export type AwaitedRow = {
  readonly tenantId: string;
  readonly id: string;
  readonly aggregateType: string;
  readonly projection: KeyedProjection & QueriedProjection;
};

export type Wanted = { readonly minVersion: number; readonly waitMs: number };

const FIRST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 200;

/**
 * Returns once the read model has reached the version; it never goes back, so what is read later has it too.
 * @throws HttpProblem 504 when that takes longer than the wait, 503 when it needs an operator
 */
export async function waitForVersion(
  database: Queryable,
  awaited: AwaitedRow,
  { minVersion, waitMs }: Wanted,
): Promise<void> {
  const deadline = performance.now() + waitMs;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
    const version = (await probeRow(database, awaited.projection, awaited))?.version ?? 0;
    if (version >= minVersion) return;
    const leftMs = deadline - performance.now();
    if (leftMs <= 0) throw await notReached(database, awaited, { version, minVersion });
    await delay(Math.min(pauseMs, leftMs));
  }
}

/** Late, or stuck: a client may come back for the first; for the second an operator has to. */
async function notReached(
  database: Queryable,
  awaited: AwaitedRow,
  { version, minVersion }: { version: number; minVersion: number },
): Promise<HttpProblem> {
  const { aggregateType, id, projection } = awaited;
  const extensions = { version, minVersion };
  const parked = await parkedEvent(database, projection, awaited);
  if (parked && parked.version <= minVersion) {
    const detail = `The read model of ${aggregateType} ${id} stands at version ${version}: version ${parked.version} could not be applied (${parked.errorCode}).`;
    return httpProblem('PROJECTION_HALTED', { detail, extensions });
  }
  const detail = `The read model of ${aggregateType} ${id} is at version ${version}, not yet at ${minVersion}.`;
  return new HttpProblem(504, 'VERSION_NOT_REACHED', { detail, headers: RETRY_AFTER, extensions });
}
