/** A query-api on a real database, and a hand that plays event store and projectors. */
import { randomUUID } from 'node:crypto';

import { storedEvents } from '@millrace/contracts/topology';
import { type DomainEvent, foldEvent, type Projection, type RecordedEvent, type Row } from '@millrace/core';
import type { HttpServer, TokenVerifier } from '@millrace/http';
import { type Database, openDatabase, type Transaction } from '@millrace/postgres';
import { recordedEvent, STORED_EVENT_COLUMNS, type StoredEventRow } from '@millrace/stored-events';
import { createLogger, createMetrics, type Logger } from '@millrace/telemetry';

import { closeDatabases, createQueryApi, openDatabases, type QueryDatabases } from './query-api.ts';

/** Tokens of the specs: `<tenant>` or `<tenant>.<role>`. */
const auth: TokenVerifier = async (token) => {
  const [, tenantId = '', role = 'reader'] = /^([^.]*)(?:\.(.+))?$/.exec(token) ?? [];
  return { tenantId, userId: 'alice', sessionId: 'none', roles: [role] };
};

/** One aggregate of a spec. */
export type SpecStream = {
  /** `acme` unless given. */
  readonly tenantId?: string;
  readonly aggregateType: string;
  readonly aggregateId: string;
  /** When its first event happened; each one happens a second after the one before. */
  readonly createdAt?: string;
};

export type Answered = {
  readonly status: number;
  readonly headers: Record<string, unknown>;
  readonly body: Record<string, unknown>;
};

export class ReadSideFixture {
  readonly #owner: Database;
  readonly #databases: QueryDatabases;
  readonly server: HttpServer;

  constructor(
    { url, roleUrls }: { url: string; roleUrls: { readonly query: string } },
    options: { cacheEntries?: number; replicaUrl?: string; logger?: Logger } = {},
  ) {
    this.#owner = openDatabase({ url });
    this.#databases = openDatabases({
      DATABASE_URL: roleUrls.query,
      DATABASE_REPLICA_URL: options.replicaUrl ?? '',
      DATABASE_POOL_SIZE: 10,
    });
    this.server = createQueryApi({
      ...this.#databases,
      auth,
      logger: options.logger ?? createLogger({ service: 'spec', level: 'fatal' }),
      metrics: createMetrics('spec'),
      cacheEntries: options.cacheEntries ?? 100,
      maxWaitMs: 3_000,
    });
  }

  async get(url: string, headers: Record<string, string> = {}): Promise<Answered> {
    const response = await this.server.inject({ url, headers: { authorization: 'Bearer acme', ...headers } });
    const body = response.body === '' ? {} : response.json<Record<string, unknown>>();
    return { status: response.statusCode, headers: response.headers, body };
  }

  /** Value of one series of `/metrics`. */
  async metric(series: string): Promise<number> {
    const { body } = await this.server.inject({ url: '/metrics' });
    const line = body.split('\n').find((candidate) => candidate.startsWith(`${series} `));
    return Number(line?.split(' ').at(-1) ?? 0);
  }

  sql(statement: string, values: unknown[] = []): Promise<{ rows: Record<string, unknown>[] }> {
    return this.#owner.query<Record<string, unknown>>(statement, values);
  }

  /** Appends events to the store; the read models do not know them yet. */
  async append(stream: SpecStream, ...events: DomainEvent[]): Promise<RecordedEvent[]> {
    const before = await this.#eventsOf(stream);
    const added = events.map((event, index) => recorded(stream, event, before.length + index + 1));
    for (const event of added) await this.#owner.query(INSERT_EVENT, eventParameters(event));
    return added;
  }

  /** Folds all stored events of the streams, one after the other, into read models, and moves the positions, as one batch would. */
  async project(projections: readonly unknown[], ...streams: SpecStream[]): Promise<void> {
    const events = (await Promise.all(streams.map((stream) => this.#eventsOf(stream)))).flat();
    await this.#owner.transaction(async (transaction) => {
      for (const projection of projections as Projection[]) {
        await writeRows(transaction, projection, events);
        await movePosition(transaction, projection);
      }
    });
  }

  async close(): Promise<void> {
    await this.server.close();
    await closeDatabases(this.#databases);
    await this.#owner.close();
  }

  async #eventsOf({ tenantId = 'acme', aggregateType, aggregateId }: SpecStream): Promise<RecordedEvent[]> {
    const { rows } = await this.#owner.query<StoredEventRow>(
      `select ${STORED_EVENT_COLUMNS} from event_store.events
        where tenant_id = $1 and aggregate_type = $2 and aggregate_id = $3 order by sequence_number`,
      [tenantId, aggregateType, aggregateId],
    );
    return rows.map((row) => recordedEvent(row, storedEvents));
  }
}

/** Rows are made anew from the events given, so these must be all that a row is made of. */
async function writeRows(
  transaction: Transaction,
  projection: Projection,
  events: readonly RecordedEvent[],
): Promise<void> {
  const handled = events.filter(({ type }) => type in projection.handlers);
  const byKey = Map.groupBy(handled, (event) => JSON.stringify(projection.key(event)));
  const table = `read_model.${projection.table}`;
  for (const [key, ofRow] of byKey) {
    let row: Row | undefined;
    for (const event of ofRow) row = foldEvent(projection, row, event);
    const values = projection.keyColumns.map((column) => (JSON.parse(key) as Row)[column]);
    const condition = projection.keyColumns.map((column, index) => `${column} = $${index + 1}`).join(' and ');
    await transaction.query(`delete from ${table} where ${condition}`, values);
    if (!row) continue;
    await transaction.query(`insert into ${table} select * from jsonb_populate_record(null::${table}, $1)`, [
      JSON.stringify(row),
    ]);
  }
}

async function movePosition(transaction: Transaction, { name, topics }: Projection): Promise<void> {
  await transaction.query(
    `insert into consumer.positions (consumer_group, topic, partition, next_offset) values ($1, $2, 0, 1)
     on conflict (consumer_group, topic, partition) do update set next_offset = positions.next_offset + 1`,
    [name, topics[0]],
  );
}

const DEFAULT_CREATED_AT = '2026-01-02T03:04:05.000Z';

function recorded(stream: SpecStream, { type, data }: DomainEvent, sequenceNumber: number): RecordedEvent {
  const { tenantId = 'acme', aggregateType, aggregateId, createdAt = DEFAULT_CREATED_AT } = stream;
  const microseconds = /\.\d{3}(\d{3})Z$/.exec(createdAt)?.[1] ?? '';
  const occurredAt = new Date(Date.parse(createdAt) + 1_000 * (sequenceNumber - 1))
    .toISOString()
    .replace('Z', `${microseconds}Z`);
  return {
    type,
    data,
    tenantId,
    aggregateType,
    aggregateId,
    sequenceNumber,
    eventId: randomUUID(),
    eventVersion: storedEvents.currentVersion(type),
    occurredAt,
    correlationId: 'process-1',
    causationId: 'command-1',
    userId: 'alice',
    sessionId: 'none',
    traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    metadata: {},
  };
}

const INSERT_EVENT = `insert into event_store.events (tenant_id, aggregate_type, aggregate_id, sequence_number, event_id, event_type,
  event_version, payload, correlation_id, causation_id, user_id, session_id, traceparent, occurred_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`;

function eventParameters(event: RecordedEvent): unknown[] {
  const { tenantId, aggregateType, aggregateId, sequenceNumber, eventId, type, eventVersion, data } = event;
  const { correlationId, causationId, userId, sessionId, traceparent, occurredAt } = event;
  return [
    ...[tenantId, aggregateType, aggregateId, sequenceNumber, eventId, type, eventVersion, JSON.stringify(data)],
    ...[correlationId, causationId, userId, sessionId, traceparent, occurredAt],
  ];
}
