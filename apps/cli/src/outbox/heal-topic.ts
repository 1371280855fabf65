import { EventEncoder } from '@millrace/avro';
import { internalCatalogues, storedEvents } from '@millrace/contracts/topology';
import type { KafkaAddress } from '@millrace/kafka';
import { loadSchemaIds } from '@millrace/outbox';
import type { Database } from '@millrace/postgres';
import { findMissing, type RefusedEvent, republishAtRate, republishOutboxRows } from '@millrace/relay';
import type { Logger } from '@millrace/telemetry';

/** What to heal, and how. */
export type HealOptions = {
  readonly database: Database;
  readonly address: KafkaAddress;
  readonly logger: Logger;
  readonly tenantId?: string | undefined;
  /** Whether to send what is missing, or only to count it. */
  readonly send: boolean;
  readonly eventsPerSecond: number;
};

/** What became of one topic. */
export type HealedTopic = {
  readonly topic: string;
  /** Events or messages that the topic must hold. */
  readonly expected: number;
  readonly missing: number;
  /** The first and the last that are missing, in the order of the store. */
  readonly range: readonly string[];
  readonly sent: number;
  readonly refused: readonly RefusedEvent[];
  /** What was missing after that, by looking again. */
  readonly left: number;
};

/** Looks for what a topic lacks, sends exactly that, waits until it has arrived, and looks again. Errors as `findMissing`. */
export async function healTopic(topic: string, options: HealOptions): Promise<HealedTopic> {
  const { database, address, logger, tenantId, send, eventsPerSecond } = options;
  const definitions = storedEvents.definitions.filter((definition) => definition.topic === topic);
  const search = { database, address, logger, topic, definitions, tenantId };
  const { expected, events, messages } = await findMissing(search);
  const names = [
    ...events.map((ref) => `${ref.tenantId}/${ref.aggregateType}-${ref.aggregateId}@${ref.sequenceNumber}`),
    ...messages,
  ];
  const found = {
    topic,
    expected,
    missing: names.length,
    range: [...new Set([names.at(0), names.at(-1)])].filter((name) => name !== undefined),
  };
  if (!send || names.length === 0) return { ...found, sent: 0, refused: [], left: names.length };

  const encoder = new EventEncoder(internalCatalogues, await loadSchemaIds(database));
  const { published, refused } = await republishAtRate({ database, encoder, eventsPerSecond }, events);
  const copies = messages.length > 0 ? await republishOutboxRows(database, messages, topic) : 0;
  const again = await findMissing(search);
  const left = again.events.length + again.messages.length;
  return { ...found, sent: (published[topic] ?? 0) + copies, refused, left };
}
