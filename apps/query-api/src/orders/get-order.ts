import { setTimeout as delay } from 'node:timers/promises';

import { HttpProblem, httpProblem, RETRY_AFTER } from '@millrace/http';
import { orderReadModel } from '@millrace/orders-read-models';
import { findOrder, parkedEvent, probeOrder, type Queryable } from '@millrace/orders-read-models/queries';

import type { Answer } from '../query-bus.ts';
import type { ReadSide } from '../read-side.ts';
import { orderView } from './order-view.ts';

/** What does this order look like? */
export type GetOrder = {
  readonly tenantId: string;
  readonly orderId: string;
  /** Nothing older than this version is good enough. */
  readonly minVersion?: number | undefined;
  /** How long the read model may take to get there. */
  readonly waitMs: number;
};

type OrderKey = { readonly tenant_id: string; readonly order_id: string };

export async function getOrder({ database, cache }: ReadSide, query: GetOrder): Promise<Answer | undefined> {
  const { tenantId, orderId, minVersion } = query;
  const key: OrderKey = { tenant_id: tenantId, order_id: orderId };
  if (minVersion !== undefined) await waitForVersion(database, key, { minVersion, waitMs: query.waitMs });
  return cache.answer({
    key: ['GetOrder', tenantId, orderId],
    currentStamp: async () => (await probeOrder(database, key))?.stamp,
    load: async () => {
      const found = await findOrder(database, key);
      if (!found) return undefined;
      const { order, stamp } = found;
      return { stamp, answer: { body: JSON.stringify(orderView(order)), version: order.version } };
    },
  });
}

type Wanted = { readonly minVersion: number; readonly waitMs: number };

const FIRST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 200;

/** Returns once the read model has reached the version; it never goes back, so what is read later has it too. */
async function waitForVersion(database: Queryable, key: OrderKey, { minVersion, waitMs }: Wanted): Promise<void> {
  const deadline = performance.now() + waitMs;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
    const version = (await probeOrder(database, key))?.version ?? 0;
    if (version >= minVersion) return;
    const leftMs = deadline - performance.now();
    if (leftMs <= 0) throw await notReached(database, key, { version, minVersion });
    await delay(Math.min(pauseMs, leftMs));
  }
}

/** Late, or stuck: a client may come back for the first; for the second an operator has to. */
async function notReached(
  database: Queryable,
  key: OrderKey,
  { version, minVersion }: { version: number; minVersion: number },
): Promise<HttpProblem> {
  const extensions = { version, minVersion };
  const parked = await parkedEvent(database, orderReadModel, key);
  if (parked && parked.version <= minVersion) {
    const detail = `The read model of order ${key.order_id} stands at version ${version}: version ${parked.version} could not be applied (${parked.errorCode}).`;
    return httpProblem('PROJECTION_HALTED', { detail, extensions });
  }
  const detail = `The read model of order ${key.order_id} is at version ${version}, not yet at ${minVersion}.`;
  return new HttpProblem(504, 'VERSION_NOT_REACHED', { detail, headers: RETRY_AFTER, extensions });
}
