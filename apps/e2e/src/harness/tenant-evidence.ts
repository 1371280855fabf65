import { storedEvents } from '@millrace/contracts/topology';
import { projections } from '@millrace/fleet';
import { createLogger } from '@millrace/telemetry';
import { eventually } from '@millrace/testing';
import type { TestStack } from '@millrace/testing/stack';
import { isConsistent, type PipelineReport, verifyPipeline } from '@millrace/verification';

const logger = createLogger({ service: 'e2e', level: 'silent' });
const topicOf = new Map(storedEvents.definitions.map(({ aggregateType, topic }) => [aggregateType, topic]));

/**
 * Waits until everything that a tenant has agrees with its events: each topic holds each event once and in order, each
 * read model is equal to a replay.
 * @throws Error with what disagrees
 */
export async function expectTenantAgrees(
  stack: TestStack,
  tenantId: string,
  timeoutMs = 120_000,
): Promise<PipelineReport> {
  let last: PipelineReport | undefined;
  try {
    return await eventually(
      async () => {
        last = await verifyPipeline({
          database: stack.database,
          brokers: stack.env.KAFKA_BROKERS.split(','),
          logger,
          catalogue: storedEvents,
          topics: [...topicOf].map(([aggregateType, topic]) => ({ topic, aggregateTypes: [aggregateType] })),
          projections,
          streams: { tenantId, aggregateTypes: [...topicOf.keys()] },
        });
        return isConsistent(last) && last;
      },
      { timeoutMs, intervalMs: 1_000 },
    );
  } catch (error) {
    throw new Error(`tenant ${tenantId} does not agree: ${JSON.stringify(last, null, 1).slice(0, 4_000)}`, {
      cause: error,
    });
  }
}
