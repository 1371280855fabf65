/** A projection that lives: a store, a topic, a member that follows it, and a rebuild beside it, for specs. */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

import {
  type DomainEvent,
  EventCatalogue,
  foldEvent,
  type Projection,
  type RecordedEvent,
  type Row,
} from '@millrace/core';
import { createLogConsumer, ensureTopics, type LogConsumer } from '@millrace/kafka';
import { openTestProducer, type TestProducer } from '@millrace/kafka/testing';
import { type Database, openDatabase } from '@millrace/postgres';
import { recordedEvent, STORED_EVENT_COLUMNS, type StoredEventRow } from '@millrace/stored-events';
import { createLogger, createMetrics } from '@millrace/telemetry';

import { ConsumerMetrics } from '../consumer-metrics.ts';
import {
  type CounterEvent,
  counterEvent,
  counterEvents,
  counters,
  days,
  jsonDecoder,
  openCounterDatabase,
  storeEvents,
  wireOf,
} from '../counter.fixture.ts';
import { GroupControlPoll } from '../group-control.ts';
import { GroupHandler } from '../group-handler.ts';
import { PausableHandler } from '../group-pause.ts';
import { projectionEffect } from '../projection-effect.ts';
import { RecordReader } from '../record-reader.ts';
import type { FleetParts } from './fleet-parts.ts';
import { recordsBehind } from './follower.ts';

const logger = createLogger({ service: 'fleet-spec', level: 'silent' });
const PARTITIONS = 3;

/** A row per event. */
export const entries: Projection<CounterEvent, Row> = {
  name: 'entries-projection',
  table: 'counter_entries',
  topics: [],
  keyColumns: ['tenant_id', 'event_id'],
  rowPer: 'event',
  key: ({ tenantId, eventId }) => ({ tenant_id: tenantId, event_id: eventId }),
  handlers: {
    Added: (_row, event) => ({ tenant_id: event.tenantId, event_id: event.eventId, added: event.data.by }),
    Noted: 'ignore',
    Seen: 'ignore',
    Removed: 'ignore',
    Broken: 'ignore',
  },
};
const ENTRIES_TABLE = `
  create table read_model.counter_entries (tenant_id text, event_id uuid, added bigint not null, primary key (tenant_id, event_id));
  create index counter_entries_added on read_model.counter_entries (tenant_id, added);
  create index counters_total on read_model.counters (tenant_id, total desc) where total > 0;
  grant select, insert, update, delete on read_model.counter_entries to millrace_projector;
  grant select on read_model.counters to millrace_query`;

const kinds = { counters, days, entries };
export type Kind = keyof typeof kinds;

/** What a spec has from the testing library, which a fixture must not import. */
export type FleetTools = {
  readonly createTestDatabase: () => Promise<FleetDatabase>;
  readonly testServices: () => { readonly kafkaBrokers: readonly string[] };
  readonly eventually: (probe: () => Promise<boolean>, patience: { timeoutMs: number }) => Promise<unknown>;
};

type FleetDatabase = {
  readonly url: string;
  readonly roleUrls: { readonly projector: string; readonly query: string };
  readonly drop: () => Promise<void>;
};

type FleetConnections = { readonly owner: Database; readonly projector: Database; readonly producer: TestProducer };

/** A scene of its own: database, topic, projections of each kind. */
export class FleetScene {
  readonly topic = `counters-${randomUUID()}`;
  readonly database: FleetDatabase;
  readonly brokers: readonly string[];
  readonly owner: Database;
  readonly projector: Database;
  readonly catalogue: EventCatalogue;
  readonly #tools: FleetTools;
  readonly #producer: TestProducer;
  readonly #members: (() => Promise<void>)[] = [];

  private constructor(tools: FleetTools, database: FleetDatabase, opened: FleetConnections) {
    this.#tools = tools;
    this.database = database;
    this.brokers = tools.testServices().kafkaBrokers;
    this.owner = opened.owner;
    this.projector = opened.projector;
    this.#producer = opened.producer;
    const { topic } = this;
    this.catalogue = new EventCatalogue(counterEvents.definitions.map((definition) => ({ ...definition, topic })));
  }

  static async open(tools: FleetTools): Promise<FleetScene> {
    const database = await tools.createTestDatabase();
    const { owner, projector } = await openCounterDatabase(database);
    await owner.query(ENTRIES_TABLE);
    const { kafkaBrokers: brokers } = tools.testServices();
    const scene = new FleetScene(tools, database, { owner, projector, producer: await openTestProducer(brokers) });
    await ensureTopics({ brokers }, [{ name: scene.topic, partitions: PARTITIONS, replicationFactor: 1 }]);
    return scene;
  }

  async close(): Promise<void> {
    await Promise.all(this.#members.splice(0).map((stop) => stop()));
    await this.#producer.close();
    await Promise.all([this.owner.close(), this.projector.close()]);
    await this.database.drop();
  }

  /** A projection of a kind that reads the topic of the scene. */
  projection(kind: Kind, change: Partial<Projection<DomainEvent, Row>> = {}): Projection<DomainEvent, Row> {
    const projection = kinds[kind] as unknown as Projection<DomainEvent, Row>;
    return { ...projection, topics: [this.topic], name: `${projection.name}-${this.topic.slice(-6)}`, ...change };
  }

  parts(projection: Projection<DomainEvent, Row>, database: Database = this.owner): FleetParts {
    const log = () => ({ brokers: this.brokers, decoder: jsonDecoder });
    return { database, catalogue: this.catalogue, projection, partitions: PARTITIONS, log, logger };
  }

  /** A process of the projection. @returns what stops it */
  join(projection: Projection<DomainEvent, Row>): () => Promise<void> {
    const { name: group, topics } = projection;
    const metrics = createMetrics('spec');
    const handler = new PausableHandler({
      group,
      database: this.projector,
      metrics,
      handler: new GroupHandler({
        group,
        database: this.projector,
        catalogue: this.catalogue,
        effect: projectionEffect(projection),
        reader: new RecordReader(jsonDecoder, this.catalogue),
        metrics: new ConsumerMetrics(metrics, group),
        logger,
      }),
    });
    const control = new GroupControlPoll({ group, database: this.projector, logger });
    control.onControl(async (asked) => handler.obey(asked));
    control.start();
    const { brokers } = this;
    const consumer: LogConsumer = createLogConsumer({ brokers, groupId: group, topics, logger, maxBatchRecords: 20 });
    const ended = consumer.run(handler);
    ended.catch(() => undefined);
    const stop = async () => {
      await control.stop();
      await consumer.stop();
    };
    this.#members.push(stop);
    return stop;
  }

  /** Appends to the store, and brings the records to the topic as the relay does: a moment after the commit. */
  async write(events: readonly RecordedEvent<CounterEvent>[]): Promise<void> {
    await storeEvents(this.owner, events);
    await this.#producer.send(this.topic, events.map(wireOf));
  }

  /** Events that the store alone has, as if the topic had lost them long ago. */
  async history(counterCount: number, length: number): Promise<void> {
    await this.owner.query(
      `insert into event_store.events (tenant_id, aggregate_type, aggregate_id, sequence_number, event_id, event_type,
         event_version, payload, correlation_id, traceparent, occurred_at)
       select (array['acme', 'globex'])[1 + c % 2], 'counter', 'h-' || c, s, gen_random_uuid(), 'Added', 2, '{"by": 1}', 'c',
         '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', timestamptz '2026-01-01' + s * interval '1 day'
       from generate_series(1, $1::integer) c, generate_series(1, $2::integer) s`,
      [counterCount, length],
    );
  }

  /** Counters whose lives end soon, one after the other, until `over`: what is lost of them stays lost. */
  async storm(over: () => boolean): Promise<void> {
    const writers = [0, 1, 2].map(async (writer) => {
      for (let life = 0; !over(); life += 1) {
        const tenantId = life % 2 === 0 ? 'acme' : 'globex';
        const length = 1 + Math.floor(Math.random() * 3);
        for (let sequence = 1; sequence <= length; sequence += 1) {
          const removed = sequence === 3 && life % 3 === 0;
          const event: CounterEvent = removed ? { type: 'Removed', data: {} } : { type: 'Added', data: { by: 1 } };
          await this.write([counterEvent(`s-${writer}-${life}`, sequence, { ...event, tenantId })]);
        }
        await delay(1);
      }
    });
    await Promise.all(writers);
  }

  /** What the store says the table should hold, by key. */
  async replayed(projection: Projection<DomainEvent, Row>): Promise<Row[]> {
    const { rows } = await this.owner.query<StoredEventRow>(
      `select ${STORED_EVENT_COLUMNS} from event_store.events order by tenant_id, aggregate_type, aggregate_id, sequence_number`,
    );
    const folded = new Map<string, Row>();
    for (const event of rows.map((row) => recordedEvent(row, this.catalogue))) {
      const key = JSON.stringify(projection.key(event));
      const row = foldEvent(projection, folded.get(key), event);
      if (row) folded.set(key, row);
      else folded.delete(key);
    }
    return [...folded.values()].map(plain).sort();
  }

  async rowsOf({ table }: Projection<DomainEvent, Row>, schema = 'read_model'): Promise<Row[]> {
    const { rows } = await this.owner.query<{ row: Row }>(`select to_jsonb(t) as row from ${schema}.${table} t`);
    return rows.map(({ row }) => plain(row)).sort();
  }

  /** Waits until a group has taken all that the topic holds. */
  async drained(projection: Projection<DomainEvent, Row>): Promise<void> {
    await this.#tools.eventually(
      async () => {
        const [live, expected] = [await this.rowsOf(projection), await this.replayed(projection)];
        return JSON.stringify(live) === JSON.stringify(expected);
      },
      { timeoutMs: 30_000 },
    );
  }

  behind(projection: Projection<DomainEvent, Row>): Promise<number> {
    return recordsBehind(this.parts(projection), 'next');
  }

  reader(): Database {
    return openDatabase({ url: this.database.roleUrls.query, poolSize: 4 });
  }
}

/** A row as text, its columns in one order: what a table and a fold both give. */
function plain(row: Row): Row {
  const columns = Object.entries(row).filter(([, value]) => value !== null);
  return JSON.stringify(columns.sort(([left], [right]) => (left < right ? -1 : 1))) as unknown as Row;
}
