/** A query-api on a real database, and a hand that plays event store and projectors. */
import { randomUUID } from 'node:crypto';

import { type OrderEvent, orderEvents, ORDERS_TOPIC } from '@millrace/contracts/orders';
import { type DomainEvent, foldEvent, type Projection, type RecordedEvent, type Row } from '@millrace/core';
import type { HttpServer, TokenVerifier } from '@millrace/http';
import { orderReadModel, ordersByCustomer, ordersByStatus } from '@millrace/orders-read-models';
import { type Database, openDatabase, type Transaction } from '@millrace/postgres';
import { createLogger, createMetrics } from '@millrace/telemetry';

import { createQueryApi } from './query-api.ts';

/** Tokens of the specs: `<tenant>` or `<tenant>.<role>`. */
const auth: TokenVerifier = async (token) => {
  const [tenantId = '', role = 'reader'] = token.split('.');
  return { tenantId, userId: 'alice', sessionId: 'none', roles: [role] };
};

const projections = [orderReadModel, ordersByCustomer, ordersByStatus] as unknown as Projection[];

/** One order of a spec. */
export type SpecOrder = {
  readonly tenantId?: string;
  readonly orderId: string;
  readonly customerId?: string;
  readonly createdAt?: string;
};

export type Answered = {
  readonly status: number;
  readonly headers: Record<string, unknown>;
  readonly body: Record<string, unknown>;
};

export class ReadSideFixture {
  readonly #owner: Database;
  readonly #reader: Database;
  readonly server: HttpServer;

  constructor(
    { url, roleUrls }: { url: string; roleUrls: { readonly query: string } },
    options: { cacheEntries?: number } = {},
  ) {
    this.#owner = openDatabase({ url });
    this.#reader = openDatabase({ url: roleUrls.query });
    this.server = createQueryApi({
      database: this.#reader,
      auth,
      logger: createLogger({ service: 'spec', level: 'fatal' }),
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
  async store(order: SpecOrder, ...types: OrderEvent['type'][]): Promise<RecordedEvent[]> {
    const events = await this.#eventsOf(order);
    const added = types.map((type, index) => makeEvent(order, type, events.length + index + 1));
    for (const event of added) await this.#owner.query(INSERT_EVENT, eventParameters(event));
    return added;
  }

  /** Folds all stored events of an order into the three read models, and moves the positions, as one batch would. */
  async project(order: SpecOrder): Promise<void> {
    const events = await this.#eventsOf(order);
    await this.#owner.transaction(async (transaction) => {
      for (const projection of projections) await this.#writeRow(transaction, projection, events);
    });
  }

  async storeAndProject(order: SpecOrder, ...types: OrderEvent['type'][]): Promise<void> {
    await this.store(order, ...types);
    await this.project(order);
  }

  async close(): Promise<void> {
    await this.server.close();
    await this.#reader.close();
    await this.#owner.close();
  }

  async #writeRow(transaction: Transaction, projection: Projection, events: RecordedEvent[]): Promise<void> {
    let row: Row | undefined;
    for (const event of events) row = foldEvent(projection, row, event);
    const table = `read_model.${projection.table}`;
    await transaction.query(`delete from ${table} where tenant_id = $1 and order_id = $2`, [
      row?.['tenant_id'],
      row?.['order_id'],
    ]);
    await transaction.query(`insert into ${table} select * from jsonb_populate_record(null::${table}, $1)`, [
      JSON.stringify(row),
    ]);
    await transaction.query(
      `insert into consumer.positions (consumer_group, topic, partition, next_offset) values ($1, '${ORDERS_TOPIC}', 0, 1)
       on conflict (consumer_group, topic, partition) do update set next_offset = positions.next_offset + 1`,
      [projection.name],
    );
  }

  async #eventsOf({ tenantId = 'acme', orderId }: SpecOrder): Promise<RecordedEvent[]> {
    const { rows } = await this.#owner.query<{ event: RecordedEvent & { payload: unknown } }>(
      `select jsonb_build_object('type', event_type, 'data', payload, 'sequenceNumber', sequence_number, 'tenantId', tenant_id,
         'aggregateId', aggregate_id, 'eventVersion', event_version, 'occurredAt', occurred_at) as event
         from event_store.events where tenant_id = $1 and aggregate_id = $2 order by sequence_number`,
      [tenantId, orderId],
    );
    return rows.map(({ event }) => ({
      ...event,
      data: orderEvents.upcast(event.type, event.eventVersion, event.data),
    }));
  }
}

export const items = [{ sku: 'tea', quantity: 2, unitPrice: { amount: '12.50', currency: 'EUR' } }];
const total = { amount: '25.00', currency: 'EUR' };

function dataOf(type: OrderEvent['type'], { orderId, customerId = 'c-1' }: SpecOrder): unknown {
  const data: Record<OrderEvent['type'], unknown> = {
    OrderCreated: { orderId, customerId, items, total },
    OrderItemsUpdated: { orderId, items: [...items, ...items], total: { amount: '50.00', currency: 'EUR' } },
    OrderConfirmed: { orderId },
    OrderShipped: { orderId, trackingNumber: 'TRACK123', carrier: 'DHL' },
    OrderDelivered: { orderId },
    OrderCancelled: { orderId, reason: 'changed my mind' },
  };
  return data[type];
}

const DEFAULT_CREATED_AT = '2026-01-02T03:04:05.000Z';

/** Each event happens one second after the one before. */
function makeEvent(order: SpecOrder, type: OrderEvent['type'], sequenceNumber: number): RecordedEvent<DomainEvent> {
  const createdAt = order.createdAt ?? DEFAULT_CREATED_AT;
  const microseconds = /\.\d{3}(\d{3})Z$/.exec(createdAt)?.[1] ?? '';
  const occurredAt = new Date(Date.parse(createdAt) + 1_000 * (sequenceNumber - 1))
    .toISOString()
    .replace('Z', `${microseconds}Z`);
  return {
    type,
    data: dataOf(type, order),
    tenantId: order.tenantId ?? 'acme',
    aggregateType: 'order',
    aggregateId: order.orderId,
    sequenceNumber,
    eventId: randomUUID(),
    eventVersion: orderEvents.currentVersion(type),
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
