/** A small system for specs: a store, a relay made of a loop, groups that read when told, and the auditor beside them. */
import { randomUUID } from 'node:crypto';

import { applyBatch, projectionEffect, RecordReader } from '@millrace/consumer';
import type { EventCatalogue } from '@millrace/core';
import { createLogConsumer, ensureTopics, type LogConsumer, partitionRanges, readTopic } from '@millrace/kafka';
import { deleteTopic, openTestProducer, type TestProducer } from '@millrace/kafka/testing';
import { type Database, openDatabase } from '@millrace/postgres';
import { createLogger } from '@millrace/telemetry';
import { type CheckedGroup, type EverythingReport, verifyEverything } from '@millrace/verification';

import {
  type AnyProjection,
  catalogueOf,
  type CounterProjections,
  decoder,
  projectionsOf,
  TABLES,
  TYPE,
} from './audited-counters.fixture.ts';
import { AuditedStore } from './audited-store.fixture.ts';
import {
  type AuditedTopic,
  AuditHandler,
  AuditRounds,
  openFindings,
  type Republisher,
  sendCanaries,
  type StoredFinding,
} from './index.ts';

const CANARY = 'Canary';
const logger = createLogger({ service: 'audit-spec', level: 'silent' });
const PATIENCE = { timeoutMs: 60_000 };

/** What the test run provides. */
export type TestTools = {
  readonly brokers: readonly string[];
  readonly createDatabase: (topics: readonly string[]) => Promise<{ url: string; drop(): Promise<void> }>;
  readonly eventually: (probe: () => Promise<boolean>, patience: { timeoutMs: number }) => Promise<unknown>;
};

type TestDatabase = Awaited<ReturnType<TestTools['createDatabase']>>;
type OutboxRecord = Readonly<Record<string, string>> & { readonly seq: number; readonly payload: Buffer };

/** Topics and a database of its own. */
export class AuditedSystem {
  readonly brokers: readonly string[];
  readonly topic = `audit-${randomUUID()}.events.v1`;
  readonly publicTopic = this.topic.replace('.events.', '.public.');
  readonly topics: readonly AuditedTopic[] = [
    { topic: this.topic, aggregateTypes: [TYPE] },
    { topic: this.publicTopic },
  ];
  readonly projections: CounterProjections = projectionsOf(this.topic);
  readonly groups: readonly CheckedGroup[] = Object.values(this.projections).map((projection) => ({
    ...{ group: projection.name, topics: [this.topic], projection },
  }));
  readonly owner: Database;
  readonly store: AuditedStore;
  readonly producer: TestProducer;
  readonly #tools: TestTools;
  readonly #database: TestDatabase;
  readonly #catalogue: EventCatalogue = catalogueOf(this.topic);
  #consumer: LogConsumer | undefined;
  #running: Promise<unknown> = Promise.resolve();
  #relayed = 0;

  private constructor(tools: TestTools, producer: TestProducer, database: TestDatabase) {
    this.brokers = tools.brokers;
    this.#tools = tools;
    this.#database = database;
    this.producer = producer;
    this.owner = openDatabase({ url: database.url, poolSize: 6 });
    this.store = new AuditedStore(this.owner, this.topic);
  }

  static async start(tools: TestTools): Promise<AuditedSystem> {
    const system = new AuditedSystem(tools, await openTestProducer(tools.brokers), await tools.createDatabase([]));
    await system.owner.query(`select outbox.allow_topics($1::text[])`, [[system.topic, system.publicTopic]]);
    await system.owner.query(TABLES);
    await system.#makeTopics();
    system.startAuditor();
    return system;
  }

  async stop(): Promise<void> {
    await this.stopAuditor();
    await this.producer.close();
    await this.owner.close();
    await this.#database.drop();
  }

  startAuditor(): void {
    const { owner: database, brokers, topics } = this;
    const handler = new AuditHandler({ database, brokers, topics, canaryType: CANARY, logger });
    const names = topics.map(({ topic }) => topic);
    this.#consumer = createLogConsumer({ brokers, groupId: `auditor-${this.topic}`, topics: names, logger });
    this.#running = this.#consumer.run(handler).catch(() => undefined);
  }

  async stopAuditor(): Promise<void> {
    await this.#consumer?.stop();
    await this.#running;
  }

  /** The topic of events, empty, under its old name. */
  async makeTopicAnew(): Promise<void> {
    await deleteTopic(this.brokers, this.topic);
    await this.#makeTopics();
  }

  /** A name is free again only a moment after a deletion, and a new topic can be read only a moment after its creation. */
  async #makeTopics(): Promise<void> {
    const specs = [this.topic, this.publicTopic].map((name) => ({ name, partitions: 2, replicationFactor: 1 }));
    await this.#tools.eventually(async () => {
      await ensureTopics({ brokers: this.brokers }, specs);
      return (await partitionRanges({ brokers: this.brokers }, [this.topic, this.publicTopic])).length === 4;
    }, PATIENCE);
  }

  /** What Debezium does, in the order of `seq`; `leaveOut` names events that get lost on the way. */
  async relay(leaveOut: readonly string[] = []): Promise<void> {
    const { rows } = await this.owner.query<OutboxRecord>(
      `select seq, id::text as ce_id, topic, key, type as ce_type, payload, ce_specversion, ce_subject, ce_time, ce_tenantid,
         ce_aggregatetype, ce_aggregateversion, ce_eventversion, ce_correlationid, ce_causationid, ce_userid, ce_sessionid,
         ce_epoch, traceparent
       from outbox.outbox_messages where seq > $1 order by seq`,
      [this.#relayed],
    );
    for (const { seq, topic = '', key = '', payload, ...headers } of rows) {
      this.#relayed = seq;
      if (!leaveOut.includes(headers.ce_id ?? '')) await this.producer.send(topic, [{ key, value: payload, headers }]);
    }
  }

  /** Lets groups take what is on the topic. */
  async consume(only: readonly AnyProjection[] = Object.values(this.projections)): Promise<void> {
    const records = await readTopic({ brokers: this.brokers }, this.topic, { logger });
    const ends = await partitionRanges({ brokers: this.brokers }, [this.topic]);
    const reader = new RecordReader(decoder, this.#catalogue);
    for (const projection of only) {
      for (const { partition, end } of ends) {
        const at = { group: projection.name, topic: this.topic, partition };
        const from = await this.#positionOf(at);
        const own = records.filter((one) => one.partition === partition && one.offset >= (from ?? 0));
        const events = own.filter(({ headers }) => headers.ce_type !== CANARY);
        const readings = await Promise.all(events.map((record) => reader.read(record)));
        const parts = { database: this.owner, catalogue: this.#catalogue, effect: projectionEffect(projection) };
        if (end > (from ?? 0)) await applyBatch(parts, { at, from, nextOffset: end, readings });
      }
    }
  }

  async #positionOf(at: { group: string; topic: string; partition: number }): Promise<number | undefined> {
    const { rows } = await this.owner.query<{ next: number }>(
      'select next_offset as next from consumer.positions where consumer_group = $1 and topic = $2 and partition = $3',
      [at.group, at.topic, at.partition],
    );
    return rows[0]?.next;
  }

  /**
   * Canaries have gone through, which vouch for all that there is, and the auditor has read them. Transactions of other
   * databases on the server hold a horizon back too, so it may take several.
   */
  async canaryThrough(): Promise<void> {
    await this.#sendCanary();
    const { rows } = await this.owner.query<{ now: string }>(
      `select pg_snapshot_xmax(pg_current_snapshot())::text as now`,
    );
    await this.#tools.eventually(async () => {
      await this.#sendCanary();
      const newest = await this.owner.query<{ vouches: boolean }>(
        `select max(horizon) >= $1::xid8 as vouches from audit.canaries`,
        [rows[0]?.now],
      );
      return newest.rows[0]?.vouches ?? false;
    }, PATIENCE);
    await this.relay();
    await this.auditorHasRead();
  }

  /** One canary has gone through, whatever it vouches for. */
  async oneCanaryThrough(): Promise<void> {
    await this.#sendCanary();
    await this.relay();
    await this.auditorHasRead();
  }

  async #sendCanary(): Promise<void> {
    const encode = (data: unknown) => Buffer.from(JSON.stringify(data));
    await sendCanaries(this.owner, [{ topic: this.topic, type: CANARY, dataSchema: 'urn:spec', encode }]);
  }

  async auditorHasRead(): Promise<void> {
    await this.#tools.eventually(async () => {
      const ends = await partitionRanges({ brokers: this.brokers }, [this.topic, this.publicTopic]);
      const at = ends.map(async ({ topic, partition }) => this.#positionOf({ group: 'auditor', topic, partition }));
      const positions = await Promise.all(at);
      return ends.every(({ end }, index) => (positions[index] ?? 0) >= end);
    }, PATIENCE);
  }

  roundsWith(parts: { republisher?: Republisher; olderThanSeconds?: number } = {}): AuditRounds {
    const { owner: database, brokers, topics, groups } = this;
    const catalogue = this.#catalogue;
    const common = { database, brokers, topics, groups, catalogue, logger };
    return new AuditRounds({ ...common, canaries: true, olderThanSeconds: 0, ...parts });
  }

  /** What `millrace verify --full` does. */
  async verify(): Promise<EverythingReport> {
    const database = openDatabase({ url: this.#database.url, poolSize: 1 });
    const { brokers, groups, topic } = this;
    const catalogue = this.#catalogue;
    const scope = { database, brokers, logger, catalogue, topics: [topic], published: [], groups, canaryType: CANARY };
    try {
      return await verifyEverything({ ...scope, olderThanSeconds: 0 });
    } finally {
      await database.close();
    }
  }

  /** Where something is wrong. */
  async findings() {
    return (await openFindings(this.owner)).map(placeOf);
  }
}

function placeOf({ kind, tenantId, aggregateId, sequenceNumber, group, topic }: StoredFinding) {
  return { kind, tenantId, aggregateId, sequenceNumber, group, topic };
}
