/** What the store, the outbox and the topics hold of the tenants of one run, read back by the suite itself. */
import { EventDecoder, EventEncoder, RegistryClient } from '@millrace/avro';
import { internalCatalogues, outboxTopics, storedEvents } from '@millrace/contracts/topology';
import type { RecordedEvent } from '@millrace/core';
import { partitionRanges, scanTopics, type TopicRecord } from '@millrace/kafka';
import { loadSchemaIds } from '@millrace/outbox';
import { readStreams } from '@millrace/stored-events';
import { createLogger } from '@millrace/telemetry';
import type { TestStack } from '@millrace/testing/stack';

/** A record and the topic it was read from. */
export type LogEntry = TopicRecord & { readonly topic: string };

/** Where the records of a run begin: by `<topic>/<partition>`. */
export type LogStart = ReadonlyMap<string, number>;

/** Header of records that a scenario has put on a topic itself. They are not the relay's, and no checker counts them. */
export const INJECTED = 'chaos-injected';

const logger = createLogger({ service: 'chaos', level: 'silent' });
const aggregateTypes = [...new Set(storedEvents.definitions.map(({ aggregateType }) => aggregateType))];

/** Topic of every stored event type. */
export const topicOfType = new Map(storedEvents.definitions.map(({ type, topic }) => [type, topic]));

/** The witnesses of one stack. */
export class Witness {
  readonly stack: TestStack;
  readonly #brokers: readonly string[];
  /** What was read before it was removed, and up to where. */
  #kept: { readonly entries: readonly LogEntry[]; readonly ends: LogStart } | undefined;

  constructor(stack: TestStack) {
    this.stack = stack;
    this.#brokers = stack.env.KAFKA_BROKERS.split(',');
  }

  /** Everything stored of a tenant, each aggregate in order. */
  events(tenantId: string): Promise<RecordedEvent[]> {
    return readStreams(this.stack.database, storedEvents, { tenantId, aggregateTypes });
  }

  async encoder(): Promise<EventEncoder> {
    return new EventEncoder(internalCatalogues, await loadSchemaIds(this.stack.database));
  }

  decoder(): EventDecoder {
    return new EventDecoder(new RegistryClient(this.stack.env.SCHEMA_REGISTRY_URL));
  }

  /** Where every topic ends now. */
  async logEnds(): Promise<LogStart> {
    const ranges = await partitionRanges({ brokers: this.#brokers }, outboxTopics);
    return new Map(ranges.map(({ topic, partition, end }) => [`${topic}/${partition}`, end]));
  }

  /** Remembers what the topics hold since `start`: from now on it counts as there, even where retention removes it. */
  async keep(start: LogStart): Promise<void> {
    const ends = await this.logEnds();
    this.#kept = { entries: (await this.#read(start)).filter(isBefore(ends)), ends };
  }

  /**
   * Committed records of all topics from `start` to their ends now, by partition in the order of offsets; those that a
   * scenario has put there itself are left out.
   */
  async records(start: LogStart): Promise<LogEntry[]> {
    const { entries = [], ends = start } = this.#kept ?? {};
    const all = [...entries, ...(await this.#read(ends))];
    return all.filter(({ headers }) => headers[INJECTED] === undefined);
  }

  async #read(start: LogStart): Promise<LogEntry[]> {
    const brokers = this.#brokers;
    const logs = await partitionRanges({ brokers }, outboxTopics);
    const ranges = logs.map((log) => {
      // A log that was cut or made anew ends before the run began: all of it counts.
      const wanted = start.get(`${log.topic}/${log.partition}`) ?? log.first;
      return { ...log, first: wanted > log.end ? log.first : Math.max(log.first, wanted) };
    });
    const entries: LogEntry[] = [];
    await scanTopics({ brokers, logger, ranges }, ({ topic, partition, records }) => {
      entries.push(...records.map((record) => ({ ...record, topic, partition })));
    });
    return entries.sort(byPlace);
  }
}

const isBefore =
  (ends: LogStart) =>
  ({ topic, partition, offset }: LogEntry): boolean =>
    offset < (ends.get(`${topic}/${partition}`) ?? 0);

function byPlace(a: LogEntry, b: LogEntry): number {
  return a.topic.localeCompare(b.topic) || a.partition - b.partition || a.offset - b.offset;
}
