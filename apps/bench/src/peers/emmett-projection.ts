/**
 * Emmett 0.42: its async projection, which pulls messages from its own store and sends a statement per event, in one
 * transaction per batch. Batches are as large as ours, and it does not rest between them, as it would by default.
 */
import { SQL } from '@event-driven-io/dumbo';
import {
  getPostgreSQLEventStore,
  postgreSQLEventStoreConsumer,
  postgreSQLRawBatchSQLProjection,
} from '@event-driven-io/emmett-postgresql';
import type { OrderEvent } from '@millrace/contracts/orders';
import type { RecordedEvent } from '@millrace/core';

import type { Arm, Measured } from '../harness/arm.ts';
import type { BenchDatabase, BenchPostgres } from '../harness/bench-postgres.ts';
import { costs, snapshot } from '../harness/load.ts';
import { checkOrders } from '../suites/live-orders.ts';
import { millraceTemplate } from '../suites/millrace-store.ts';

type Peer = {
  readonly postgres: BenchPostgres;
  readonly events: readonly RecordedEvent<OrderEvent>[];
  /** Messages that it pulls at a time; the first ones are discarded. */
  readonly batch: number;
};

/** The event as Emmett gets it: what our envelope tells is its metadata. */
type Message = OrderEvent & { readonly metadata: { readonly tenantId: string; readonly occurredAt: string } };
type Read = Message & { readonly metadata: { readonly streamPosition: bigint } };

/** An arm that keeps our table of orders, columns and key alike, with Emmett. */
export function emmettArm(name: string, peer: Peer): Arm {
  return {
    name,
    async measure() {
      const database = await peer.postgres.create(await templateOfOrders(peer));
      try {
        const measured = await project(database, peer);
        return { ...measured, problems: await checkOrders(database, peer.events) };
      } finally {
        await database.drop();
      }
    },
  };
}

/** The database of our store, because of its read model, with Emmett's beside it, which has the events in our order. */
async function templateOfOrders({ postgres, events, batch }: Peer): Promise<string> {
  const { name } = await postgres.keep('bench_emmett_orders', await millraceTemplate(postgres), async (url) => {
    const store = getPostgreSQLEventStore(url);
    await store.schema.migrate();
    for (let first = 0; first < events.length; first += batch) {
      const streams = Map.groupBy(events.slice(first, first + batch), ({ aggregateId }) => aggregateId);
      for (const [id, own] of streams) await store.appendToStream(`order-${id}`, own.map(messageOf));
    }
    await store.close();
  });
  return name;
}

function messageOf({ type, data, tenantId, occurredAt }: RecordedEvent<OrderEvent>): Message {
  return { type, data, metadata: { tenantId, occurredAt } } as Message;
}

async function project(
  database: BenchDatabase,
  { postgres, events, batch }: Peer,
): Promise<Omit<Measured, 'problems'>> {
  let seen = 0;
  let start = 0;
  let started: Awaited<ReturnType<typeof snapshot>> | undefined;
  const projection = postgreSQLRawBatchSQLProjection<Message>({
    name: 'orders',
    canHandle: [
      ...['OrderCreated', 'OrderItemsUpdated', 'OrderConfirmed', 'OrderShipped', 'OrderDelivered', 'OrderCancelled'],
    ] as Message['type'][],
    async evolve(messages) {
      if (seen === batch) {
        started = await snapshot(postgres, database.name);
        start = performance.now();
      }
      seen += messages.length;
      return (messages as Read[]).map(statementOf);
    },
  });
  const consumer = postgreSQLEventStoreConsumer({
    connectionString: database.url,
    stopWhen: { noMessagesLeft: true },
    pulling: { batchSize: batch, pullingFrequencyInMs: 0 },
  });
  consumer.projector<Message>({ projection });
  await consumer.start();
  const seconds = (performance.now() - start) / 1_000;
  await consumer.close();
  if (!started) throw new Error(`Emmett brought ${seen} of ${events.length} messages`);
  const operations = seen - batch;
  const ended = await snapshot(postgres, database.name);
  return { operations, perSecond: operations / seconds, ...costs(started, ended, operations) };
}

function statementOf({ type, data, metadata }: Read): SQL {
  const { tenantId, occurredAt, streamPosition } = metadata;
  const rest = SQL`updated_at = ${occurredAt}, version = ${streamPosition}
    where tenant_id = ${tenantId} and order_id = ${data.orderId}`;
  switch (type) {
    case 'OrderCreated':
      return SQL`insert into read_model.order_read_model
        (tenant_id, order_id, customer_id, status, items, total_amount, currency, created_at, updated_at, version)
        values (${tenantId}, ${data.orderId}, ${data.customerId}, 'created', ${JSON.stringify(data.items)}::jsonb,
          ${data.total.amount}, ${data.total.currency}, ${occurredAt}, ${occurredAt}, ${streamPosition})`;
    case 'OrderItemsUpdated':
      return joined(
        SQL`update read_model.order_read_model set items = ${JSON.stringify(data.items)}::jsonb,
          total_amount = ${data.total.amount}, currency = ${data.total.currency},`,
        rest,
      );
    case 'OrderShipped':
      return joined(
        SQL`update read_model.order_read_model set status = 'shipped', shipped_at = ${occurredAt},
          tracking_number = ${data.trackingNumber}, carrier = ${data.carrier},`,
        rest,
      );
    case 'OrderCancelled':
      return joined(
        SQL`update read_model.order_read_model set status = 'cancelled', cancelled_at = ${occurredAt},
          cancel_reason = ${data.reason},`,
        rest,
      );
    case 'OrderConfirmed':
      return joined(
        SQL`update read_model.order_read_model set status = 'confirmed', confirmed_at = ${occurredAt},`,
        rest,
      );
    case 'OrderDelivered':
      return joined(
        SQL`update read_model.order_read_model set status = 'delivered', delivered_at = ${occurredAt},`,
        rest,
      );
  }
}

function joined(first: SQL, rest: SQL): SQL {
  return `${first} ${rest}` as SQL;
}
