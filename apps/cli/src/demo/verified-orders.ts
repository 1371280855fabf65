import { setTimeout as delay } from 'node:timers/promises';

import { orderEvents, ORDERS_PUBLIC_TOPIC, ORDERS_TOPIC } from '@millrace/contracts/orders';
import { partitionRanges } from '@millrace/kafka';
import { orderProjections } from '@millrace/orders-read-models';
import type { Database } from '@millrace/postgres';
import { createLogger } from '@millrace/telemetry';
import { isConsistent, type PipelineReport, type PipelineScope, verifyPipeline } from '@millrace/verification';

const TOPICS = [ORDERS_TOPIC, ORDERS_PUBLIC_TOPIC];
const POLL_MS = 300;

/** Where the topics end before the demo, so that only its own records are read back. */
export async function topicEnds(brokers: readonly string[]): Promise<Map<string, Map<number, number>>> {
  const ends = new Map<string, Map<number, number>>(TOPICS.map((topic) => [topic, new Map()]));
  for (const { topic, partition, end } of await partitionRanges({ brokers }, TOPICS))
    ends.get(topic)?.set(partition, end);
  return ends;
}

/** Which orders, and where to look for them. */
export type OrdersToVerify = {
  readonly database: Database;
  readonly brokers: readonly string[];
  readonly tenantId: string;
  readonly orderIds: readonly string[];
  readonly from: ReadonlyMap<string, ReadonlyMap<number, number>>;
};

/**
 * Asks the store, both topics and all read models about the orders until they agree, or until the time is over.
 * @returns what they said last, which is what is wrong if they do not agree
 */
export async function verifyOrders(
  { orderIds, tenantId, ...places }: OrdersToVerify,
  timeoutMs: number,
): Promise<PipelineReport> {
  const scope: PipelineScope = {
    ...places,
    logger: createLogger({ service: 'millrace demo', level: 'silent' }),
    catalogue: orderEvents,
    topics: TOPICS,
    projections: orderProjections,
    streams: { tenantId, aggregateType: 'order', aggregateIds: orderIds },
  };
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const report = await verifyPipeline(scope);
    if ((isConsistent(report) && report.streams === orderIds.length) || performance.now() > deadline) return report;
    await delay(POLL_MS);
  }
}
