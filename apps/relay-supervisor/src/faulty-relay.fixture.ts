/** A store, and the one relay of the server behind it, for specs that break them. */
import { randomBytes, randomUUID } from 'node:crypto';

import { EventEncoder } from '@millrace/avro';
import { EventCatalogue } from '@millrace/core';
import { PostgresEventStore } from '@millrace/event-store';
import { readTopic } from '@millrace/kafka';
import { type Database, openDatabase } from '@millrace/postgres';
import {
  ConnectClient,
  CONNECTOR_NAME,
  connectorConfig,
  dropSlot,
  ensureSlot,
  readSlot,
  RelayKeeper,
  type RelayReport,
  type RelayTopics,
  relayTopics,
  relayTopicSpecs,
} from '@millrace/relay';
import { createLogger } from '@millrace/telemetry';

export const logger = createLogger({ service: 'relay-faults-spec', level: 'silent' });

/** Its own, so that no earlier run has left anything on it. */
export const TOPIC = `faults-${randomBytes(4).toString('hex')}.events.v1`;

const schema = {
  type: 'record',
  name: 'CounterMoved',
  namespace: 'counters',
  fields: [{ name: 'note', type: 'string' }],
};
export const catalogue = new EventCatalogue([
  { type: 'CounterMoved', aggregateType: 'counter', topic: TOPIC, schemas: { 1: schema }, upcasters: {} },
]);
export const encoder = new EventEncoder(
  [catalogue],
  [{ subject: `${TOPIC}-counters.CounterMoved`, eventVersion: 1, schemaId: 71 }],
);

/** What the test run provides. `eventually` asks until it is so. */
export type TestTools = {
  readonly services: {
    readonly kafkaBrokers: readonly string[];
    readonly connectUrl: string;
    readonly connectDatabaseHost: string;
    readonly connectDatabasePort: string;
  };
  /** A database of its own, whose outbox takes rows for the topic. */
  readonly created: { readonly url: string; readonly roleUrls: { readonly cdc: string }; drop(): Promise<void> };
  readonly eventually: <T>(
    probe: () => Promise<T>,
    patience?: { timeoutMs?: number; intervalMs?: number },
  ) => Promise<unknown>;
};

/** What checks found on the way. */
export type Checked = {
  readonly reports: readonly RelayReport[];
  readonly causes: readonly string[];
  readonly actions: readonly string[];
  readonly detectedMs: number;
};

/** A store, and the one relay of the server behind it. */
export class FaultyRelay {
  readonly address: { readonly brokers: readonly string[] };
  readonly database: Database;
  readonly connect: ConnectClient;
  readonly keeper: RelayKeeper;
  readonly #tools: TestTools;
  readonly #topics: RelayTopics;

  constructor(tools: TestTools) {
    const { services, created } = tools;
    this.#tools = tools;
    this.address = { brokers: services.kafkaBrokers };
    this.database = openDatabase({ url: created.url, poolSize: 4 });
    this.connect = new ConnectClient(services.connectUrl, CONNECTOR_NAME);
    const plan = { eventTopics: [TOPIC], deadLetterTopics: [], partitions: 3, replicationFactor: 1 };
    this.#topics = relayTopics(this.address, relayTopicSpecs(plan));
    const { database, connect } = this;
    this.keeper = new RelayKeeper({ database, connect, configure: () => this.#configure(), topics: this.#topics });
  }

  /** Makes the topic and the slot; the connector is the keeper's. */
  async open(): Promise<void> {
    await this.#topics.create();
    await ensureSlot(this.database);
  }

  async close(): Promise<void> {
    await this.#removeConnector();
    await this.#tools.eventually(async () => {
      await dropSlot(this.database);
      return !(await readSlot(this.database)).exists;
    });
    await this.database.close();
    await this.#tools.created.drop();
  }

  async #configure(): Promise<void> {
    const { services, created } = this.#tools;
    await this.connect.configure(
      await connectorConfig({
        DATABASE_URL: created.url,
        CONNECT_DATABASE_HOST: services.connectDatabaseHost,
        CONNECT_DATABASE_PORT: Number(services.connectDatabasePort),
        CDC_ROLE_PASSWORD: new URL(created.roleUrls.cdc).password,
      }),
    );
  }

  /** Appends so many events to an aggregate, each in a transaction of its own. */
  async append(aggregateId: string, count: number): Promise<void> {
    const encode = (type: string, data: unknown) => encoder.encode(type, data);
    const store = new PostgresEventStore({ database: this.database, catalogue, encode });
    const stream = { tenantId: 'acme', aggregateType: 'counter', aggregateId };
    const version = (await store.load(stream)).length;
    const [userId, sessionId] = ['alice', 's-1'];
    const causation = { correlationId: 'corr', causationId: 'cause', userId, sessionId, traceparent: '00-0-0-01' };
    for (let expectedVersion = version; expectedVersion < version + count; expectedVersion += 1) {
      const event = {
        type: 'CounterMoved',
        eventId: randomUUID(),
        eventVersion: 1,
        occurredAt: new Date().toISOString(),
        data: { note: `${expectedVersion}` },
      };
      await store.append({ stream, expectedVersion, causation, events: [event] });
    }
  }

  /** Stops the connector and waits until nobody reads the slot. */
  async stop(): Promise<void> {
    await this.connect.stop();
    const isFree = async () => {
      const slot = await readSlot(this.database);
      return (!slot.exists || !slot.active) && (await this.connect.hasStopped());
    };
    await this.#tools.eventually(isFree, { timeoutMs: 60_000 });
  }

  /** What Connect's REST API offers beyond the client. */
  async rest(method: string, path: string, body?: unknown): Promise<Response> {
    return fetch(`${this.#tools.services.connectUrl}/connectors/${CONNECTOR_NAME}${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  }

  async #removeConnector(): Promise<void> {
    const { eventually } = this.#tools;
    if ((await this.connect.state()).connector === 'absent') return;
    await this.connect.stop();
    await eventually(async () => (await this.rest('DELETE', '/offsets')).ok, { timeoutMs: 60_000 });
    await this.rest('DELETE', '');
    await eventually(async () => (await this.connect.state()).connector === 'absent');
  }

  /** Versions of an aggregate by their first record: what a consumer that drops duplicates applies. */
  async firstVersions(aggregateId: string): Promise<string[]> {
    const records = (await readTopic(this.address, TOPIC, { logger })).filter(({ key }) => key === aggregateId);
    return [...new Set(records.map(({ headers }) => String(headers['ce_aggregateversion'])))];
  }

  /** Checks the relay until `done` says so. */
  async checkUntil(done: (report: RelayReport) => boolean | Promise<boolean>): Promise<Checked> {
    const reports: RelayReport[] = [];
    const startedAt = performance.now();
    let detectedMs = Infinity;
    const check = async () => {
      const report = await this.keeper.check();
      reports.push(report);
      if (report.problem) detectedMs = Math.min(detectedMs, performance.now() - startedAt);
      return done(report);
    };
    await this.#tools.eventually(check, { timeoutMs: 110_000, intervalMs: 1_000 });
    const causes = [...new Set(reports.flatMap(({ problem }) => problem?.cause ?? []))];
    const actions = [...new Set(reports.flatMap(({ repair }) => repair?.action ?? []))];
    return { reports, detectedMs, causes, actions };
  }
}

/** Rows flow. */
export const streams = ({ problem, waitsFor }: RelayReport): boolean => problem === undefined && waitsFor === undefined;
