import { setTimeout as delay } from 'node:timers/promises';

import { HIRINGS_PUBLIC_TOPIC } from '@millrace/contracts/hirings';
import { orderEvents, ORDERS_PUBLIC_TOPIC, ORDERS_TOPIC } from '@millrace/contracts/orders';
import { internalCatalogues, outboxTopics, storedEvents } from '@millrace/contracts/topology';
import { projections } from '@millrace/fleet';
import { partitionRanges, readTopic } from '@millrace/kafka';
import { orderProjections } from '@millrace/orders-read-models';
import type { Database } from '@millrace/postgres';
import { createLogger } from '@millrace/telemetry';
import { isConsistent, type PipelineReport, type PipelineScope, verifyPipeline } from '@millrace/verification';

const POLL_MS = 300;
const TIMEOUT_MS = 60_000;
const logger = createLogger({ service: 'millrace demo', level: 'silent' });

/** Where the three witnesses are, and where the records of this demo begin on each topic. */
export type Witnesses = {
  readonly database: Database;
  readonly brokers: readonly string[];
  readonly from: ReadonlyMap<string, ReadonlyMap<number, number>>;
};

/** Where the topics end before the demo, so that only its own records are read back. */
export async function topicEnds(brokers: readonly string[]): Promise<Map<string, Map<number, number>>> {
  const ends = new Map<string, Map<number, number>>(outboxTopics.map((topic) => [topic, new Map()]));
  for (const { topic, partition, end } of await partitionRanges({ brokers }, outboxTopics))
    ends.get(topic)?.set(partition, end);
  return ends;
}

/** Asks about some orders of a tenant until the witnesses agree, or until the time is over. */
export function proveOrders(
  witnesses: Witnesses,
  { tenantId, orderIds }: { readonly tenantId: string; readonly orderIds: readonly string[] },
): Promise<PipelineReport> {
  const scope = {
    ...witnesses,
    logger,
    catalogue: orderEvents,
    topics: [ORDERS_TOPIC, ORDERS_PUBLIC_TOPIC].map((topic) => ({ topic, aggregateTypes: ['order'] })),
    projections: orderProjections,
    streams: { tenantId, aggregateTypes: ['order'], aggregateIds: orderIds },
  };
  return verifyUntilConsistent(scope, orderIds.length);
}

/** Asks about all that a tenant of this demo has: every topic, every read model. @param streams how many it must have */
export function proveTenant(witnesses: Witnesses, tenantId: string, streams: number): Promise<PipelineReport> {
  const scope = {
    ...witnesses,
    logger,
    catalogue: storedEvents,
    topics: internalCatalogues.flatMap(({ definitions: [first] }) =>
      first ? [{ topic: first.topic, aggregateTypes: [first.aggregateType] }] : [],
    ),
    projections,
    streams: { tenantId, aggregateTypes: storedEvents.definitions.map(({ aggregateType }) => aggregateType) },
  };
  return verifyUntilConsistent(scope, streams);
}

/** How often HR was told about each hiring of a tenant. */
export async function hrNotifications({ brokers, from }: Witnesses, tenantId: string): Promise<Map<string, number>> {
  const start = from.get(HIRINGS_PUBLIC_TOPIC) ?? new Map<number, number>();
  const records = await readTopic({ brokers }, HIRINGS_PUBLIC_TOPIC, { logger, from: start });
  const told = records.filter(({ headers }) => headers.ce_tenantid === tenantId);
  return new Map([...Map.groupBy(told, ({ key }) => key ?? '')].map(([hiringId, some]) => [hiringId, some.length]));
}

/** @returns what the witnesses said last, which is what is wrong if they do not agree */
async function verifyUntilConsistent(scope: PipelineScope, streams: number): Promise<PipelineReport> {
  const deadline = performance.now() + TIMEOUT_MS;
  for (;;) {
    const report = await verifyPipeline(scope);
    if ((isConsistent(report) && report.streams === streams) || performance.now() > deadline) return report;
    await delay(POLL_MS);
  }
}
