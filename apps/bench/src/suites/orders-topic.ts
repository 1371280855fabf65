/** The topic of orders, filled once, and members of groups that read it. */
import { type OrderEvent, ORDERS_TOPIC } from '@millrace/contracts/orders';
import { TOPIC_PARTITIONS } from '@millrace/contracts/topology';
import type { RecordedEvent } from '@millrace/core';
import { createLogConsumer, type RecordHandler } from '@millrace/kafka';
import type { TestRecord } from '@millrace/kafka/testing';
import { createLogger } from '@millrace/telemetry';

import type { BenchKafka } from '../harness/bench-kafka.ts';
import type { TopicPass } from '../harness/topic-pass.ts';
import { encode } from './millrace-store.ts';

/** Puts the events on the topic as the relay would. */
export async function fillOrders(kafka: BenchKafka, events: readonly RecordedEvent<OrderEvent>[]): Promise<void> {
  await kafka.fill({ name: ORDERS_TOPIC, partitions: TOPIC_PARTITIONS, records: events.map(recordOf) });
}

/** The record that the relay would write for the event. */
function recordOf(event: RecordedEvent<OrderEvent>): TestRecord {
  return {
    key: event.aggregateId,
    value: encode(event.type, event.data),
    headers: {
      ce_id: event.eventId,
      ce_type: event.type,
      ce_specversion: '1.0',
      ce_source: 'urn:millrace:orders',
      ce_subject: event.aggregateId,
      ce_time: event.occurredAt,
      ce_dataschema: `urn:millrace:schema:orders.${event.type}:${event.eventVersion}`,
      'content-type': 'application/avro',
      ce_tenantid: event.tenantId,
      ce_aggregatetype: event.aggregateType,
      ce_aggregateversion: String(event.sequenceNumber),
      ce_eventversion: String(event.eventVersion),
      ce_correlationid: event.correlationId,
      ce_causationid: event.causationId,
      ce_userid: event.userId,
      ce_sessionid: event.sessionId,
      ce_epoch: '1',
      traceparent: event.traceparent,
    },
  };
}

/** A new group, and what tells how far it is. */
export type Member = { readonly brokers: readonly string[]; readonly groupId: string; readonly pass: TopicPass };

/** Starts a member of a group with the consumer of every process. @returns how to end it; an error of it ends the pass */
export function runMember({ brokers, groupId, pass }: Member, handler: RecordHandler): { close(): Promise<void> } {
  const logger = createLogger({ service: 'bench', level: 'silent' });
  const consumer = createLogConsumer({ brokers, groupId, topics: [ORDERS_TOPIC], logger });
  const running = consumer.run(handler);
  running.catch((error: unknown) => pass.fail(error));
  return {
    async close() {
      await consumer.stop();
      await running;
    },
  };
}
