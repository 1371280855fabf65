import { orderEvents, ORDERS_PUBLIC_TOPIC, ORDERS_TOPIC } from '@millrace/contracts/orders';
import { readTopic, type TopicRecord } from '@millrace/kafka';
import { orderProjections } from '@millrace/orders-read-models';
import { createLogger } from '@millrace/telemetry';
import { eventually } from '@millrace/testing';
import type { TestStack } from '@millrace/testing/stack';
import { isConsistent, type PipelineReport, verifyPipeline } from '@millrace/verification';

const logger = createLogger({ service: 'e2e', level: 'silent' });
const brokersOf = (stack: TestStack) => stack.env.KAFKA_BROKERS.split(',');

/** Committed records of a topic. */
export function recordsOn(stack: TestStack, topic: string): Promise<TopicRecord[]> {
  return readTopic({ brokers: brokersOf(stack) }, topic, { logger });
}

/** Everything about the orders of a tenant, as it is now. */
export function evidence(stack: TestStack, tenantId: string): Promise<PipelineReport> {
  return verifyPipeline({
    database: stack.database,
    brokers: brokersOf(stack),
    logger,
    catalogue: orderEvents,
    topics: [ORDERS_TOPIC, ORDERS_PUBLIC_TOPIC].map((topic) => ({ topic, aggregateTypes: ['order'] })),
    projections: orderProjections,
    streams: { tenantId, aggregateTypes: ['order'] },
  });
}

/**
 * Waits until `events` events of the tenant are in the store and everything agrees with it: nothing lost, doubled,
 * invented or reordered on either topic, every read model equal to a replay.
 * @throws Error with what disagrees
 */
export async function expectEverythingAgrees(
  stack: TestStack,
  tenantId: string,
  { events, timeoutMs = 90_000 }: { events: number; timeoutMs?: number },
): Promise<PipelineReport> {
  let last: PipelineReport | undefined;
  try {
    return await eventually(
      async () => {
        last = await evidence(stack, tenantId);
        return last.events === events && isConsistent(last) && last;
      },
      { timeoutMs, intervalMs: 1_000 },
    );
  } catch (error) {
    throw new Error(`the pipeline does not agree: ${JSON.stringify(last, null, 1).slice(0, 4_000)}`, { cause: error });
  }
}
