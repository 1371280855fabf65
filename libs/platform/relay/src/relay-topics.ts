import { isMillraceError } from '@millrace/core';
import { ensureTopics, type KafkaAddress, listTopics, type TopicSpec } from '@millrace/kafka';

import { CONNECTOR_TOPICS } from './connector-config.ts';

/** Which topics rows may name, and how each is made. */
export type RelayTopicPlan = Pick<TopicSpec, 'replicationFactor' | 'minInsyncReplicas'> & {
  readonly eventTopics: readonly string[];
  readonly deadLetterTopics: readonly string[];
  /** Of each event topic. */
  readonly partitions: number;
};

/** Every topic that the connector writes to. A missing one stalls it while it says RUNNING. */
export function relayTopicSpecs(plan: RelayTopicPlan): TopicSpec[] {
  const { eventTopics, deadLetterTopics, partitions, replicationFactor, minInsyncReplicas = 1 } = plan;
  const copies = { replicationFactor, ...(minInsyncReplicas > 1 && { minInsyncReplicas }) };
  return [
    ...eventTopics.map((name) => ({ name, partitions, ...copies })),
    ...deadLetterTopics.map((name) => ({ name, partitions: 1, ...copies })),
    // Heartbeats only move the slot: an hour of them is plenty.
    ...CONNECTOR_TOPICS.map((name) => ({ name, partitions: 1, ...copies, config: { 'retention.ms': '3600000' } })),
  ];
}

/** The topics that the relay needs, as its keeper sees them. */
export type RelayTopics = {
  /** Topics that the brokers have, and those that they lack; nothing while they cannot be asked. */
  look(): Promise<{ readonly existing: readonly string[]; readonly missing: readonly string[] } | undefined>;
  /** Makes what is missing, as deploy does. @returns what was made */
  create(): Promise<readonly string[]>;
};

/** `RelayTopics` of a Kafka cluster. */
export function relayTopics(address: KafkaAddress, specs: readonly TopicSpec[]): RelayTopics {
  return {
    look: async () => {
      try {
        const existing = await listTopics(address);
        return { existing, missing: specs.map(({ name }) => name).filter((name) => !existing.includes(name)) };
      } catch (error) {
        if (isMillraceError(error, 'KAFKA_UNAVAILABLE')) return undefined;
        throw error;
      }
    },
    create: async () => (await ensureTopics(address, specs)).created,
  };
}
