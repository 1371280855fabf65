/** Consumer groups on Kafka and Postgres, for specs: a topic and a group of the same name, its members, its table. */
import { randomUUID } from 'node:crypto';

import type { RecordedEvent } from '@millrace/core';
import { createLogConsumer, ensureTopics, type LogConsumer, partitionRanges } from '@millrace/kafka';
import { openTestProducer, type TestProducer } from '@millrace/kafka/testing';
import type { Database } from '@millrace/postgres';
import { createLogger, createMetrics } from '@millrace/telemetry';

import { ConsumerMetrics } from './consumer-metrics.ts';
import { ConsumerSupervisor } from './consumer-supervisor.ts';
import {
  type CounterDatabase,
  counterEvent,
  counterEvents,
  counters,
  jsonDecoder,
  type MigratedDatabase,
  openCounterDatabase,
  wireOf,
} from './counter.fixture.ts';
import { GroupHandler } from './group-handler.ts';
import { LagMeter } from './lag-meter.ts';
import { loadPositions } from './position.ts';
import { projectionEffect } from './projection-effect.ts';
import { RecordReader } from './record-reader.ts';

const logger = createLogger({ service: 'consumer-spec', level: 'silent' });

/** What a spec hands in: this folder may not import the test services. */
export type GroupTools = {
  readonly brokers: readonly string[];
  readonly createTestDatabase: () => Promise<MigratedDatabase>;
};

/** What a member reads, and how, where it differs. */
export type MemberParts = {
  readonly group: string;
  readonly brokers: readonly string[];
  readonly topic?: string;
  readonly sessionTimeoutMs?: number;
};

/** A consumer of a group; its topic is called as the group unless another is named. */
export function memberConsumer({ group, brokers, topic = group, sessionTimeoutMs = 6_000 }: MemberParts): LogConsumer {
  return createLogConsumer({ brokers, groupId: group, topics: [topic], logger, maxBatchRecords: 20, sessionTimeoutMs });
}

/** What applies the events of counters for a group. */
export function counterHandler(group: string, database: Database): GroupHandler {
  return new GroupHandler({
    group,
    database,
    catalogue: counterEvents,
    effect: projectionEffect(counters),
    reader: new RecordReader(jsonDecoder, counterEvents),
    metrics: new ConsumerMetrics(createMetrics('spec'), group),
    logger,
  });
}

/** A topic with a group of its name, and a tenant whose events alone are on it. */
export type RunningGroup = Awaited<ReturnType<RunningGroups['newGroup']>>;

type Opened = {
  readonly databases: CounterDatabase;
  readonly producer: TestProducer;
  readonly projectorUrl: string;
};

/** A database and a producer for the groups of one file. */
export class RunningGroups {
  readonly brokers: readonly string[];
  readonly databases: CounterDatabase;
  /** As which a process of its own may come. */
  readonly projectorUrl: string;
  readonly #producer: TestProducer;
  readonly #stops: (() => Promise<void>)[] = [];

  static async open({ brokers, createTestDatabase }: GroupTools): Promise<RunningGroups> {
    const created = await createTestDatabase();
    const databases = await openCounterDatabase(created);
    const producer = await openTestProducer(brokers);
    return new RunningGroups(brokers, { databases, producer, projectorUrl: created.roleUrls.projector });
  }

  private constructor(brokers: readonly string[], { databases, producer, projectorUrl }: Opened) {
    this.brokers = brokers;
    this.databases = databases;
    this.projectorUrl = projectorUrl;
    this.#producer = producer;
  }

  async newGroup(partitions: number) {
    const topic = `counters-${randomUUID()}`;
    const tenantId = randomUUID();
    await ensureTopics({ brokers: this.brokers }, [{ name: topic, partitions, replicationFactor: 1 }]);
    const number = async (sql: string) => {
      const { rows } = await this.databases.owner.query<{ number: number }>(sql, [tenantId]);
      return Number(rows[0]?.number);
    };
    return {
      topic,
      tenantId,
      total: () => number('select coalesce(sum(total), 0) as number from read_model.counters where tenant_id = $1'),
      parked: () => number('select count(*) as number from consumer.parked_events where tenant_id = $1'),
      /** The next event of each of `counts` counters, `rounds` times. */
      events: (counts: number, { from, rounds }: { from: number; rounds: number }): RecordedEvent[] =>
        Array.from({ length: rounds * counts }, (_, index) => {
          const sequence = from + Math.floor(index / counts);
          return counterEvent(`c${index % counts}`, sequence, { type: 'Added', data: { by: 1 }, tenantId });
        }),
      send: (events: readonly RecordedEvent[]) => this.#producer.send(topic, events.map(wireOf)),
    };
  }

  /** Joins a group for a topic, of the same name unless told otherwise. Ended by `stop`, or with the file's test. */
  join(topic: string, { group = topic, database = this.databases.projector } = {}) {
    const consumer = memberConsumer({ group, topic, brokers: this.brokers });
    const ended = consumer.run(counterHandler(group, database));
    ended.catch(() => undefined);
    this.#stops.push(() => consumer.stop());
    return { consumer, ended };
  }

  /** A member as its process runs it: made anew when it ends or stalls. */
  supervise(topic: string, fail: (error: unknown) => void = () => undefined) {
    const { brokers, databases } = this;
    const state = { restarts: 0 };
    const supervisor = new ConsumerSupervisor({
      createConsumer: () => memberConsumer({ group: topic, brokers }),
      handler: counterHandler(topic, databases.projector),
      lag: new LagMeter({
        ranges: () => partitionRanges({ brokers }, [topic]),
        positions: () => loadPositions(databases.projector, topic),
      }),
      metrics: { consumerRestarted: () => (state.restarts += 1) },
      logger,
      fail,
      checkIntervalMs: 1_000,
    });
    supervisor.start();
    this.#stops.push(() => supervisor.stop());
    return state;
  }

  /** By a producer that knows the partitions as they are now. */
  async sendAnew(topic: string, events: readonly RecordedEvent[]): Promise<void> {
    const fresh = await openTestProducer(this.brokers);
    await fresh.send(topic, events.map(wireOf));
    await fresh.close();
  }

  async stopAll(): Promise<void> {
    await Promise.all(this.#stops.splice(0).map((stop) => stop()));
  }

  async close(): Promise<void> {
    await this.#producer.close();
    await this.databases.close();
  }
}
