/** Stores that hold whole lives of orders, and the read model that was kept from them. */
import type { OrderEvent } from '@millrace/contracts/orders';
import type { RecordedEvent } from '@millrace/core';
import { openDatabase } from '@millrace/postgres';

import type { BenchPostgres } from '../harness/bench-postgres.ts';
import { batchesOf, liveProjection } from './live-orders.ts';
import { millraceTemplate, onDatabase, projectorUrl } from './millrace-store.ts';

/** Events of one statement. */
const PIECE = 5_000;

const INSERT = `insert into event_store.events (tenant_id, aggregate_type, aggregate_id, sequence_number, event_id, event_type,
    event_version, payload, correlation_id, causation_id, user_id, session_id, traceparent, occurred_at)
  select "tenantId", "aggregateType", "aggregateId", "sequenceNumber", "eventId", type, "eventVersion", data, "correlationId",
    "causationId", "userId", "sessionId", traceparent, "occurredAt"
  from jsonb_to_recordset($1) as x ("tenantId" text, "aggregateType" text, "aggregateId" text, "sequenceNumber" bigint,
    "eventId" uuid, type text, "eventVersion" integer, data jsonb, "correlationId" text, "causationId" text, "userId" text,
    "sessionId" text, traceparent text, "occurredAt" timestamptz)`;

/** Makes a template whose store holds the events, and whose read models are empty. @returns its name */
export async function storeOfOrders(
  postgres: BenchPostgres,
  events: readonly RecordedEvent<OrderEvent>[],
): Promise<string> {
  const { name } = await postgres.keep('bench_orders', await millraceTemplate(postgres), (url) =>
    onDatabase(url, async (owner) => {
      for (let first = 0; first < events.length; first += PIECE)
        await owner.query(INSERT, [JSON.stringify(events.slice(first, first + PIECE))]);
      await owner.query('vacuum (analyze) event_store.events');
    }),
  );
  return name;
}

/** Makes a template of such a store whose read model of orders has followed all of the events. @returns its name */
export async function followedStore(
  postgres: BenchPostgres,
  events: readonly RecordedEvent<OrderEvent>[],
): Promise<string> {
  const { name } = await postgres.keep('bench_followed_orders', await storeOfOrders(postgres, events), async (url) => {
    const pool = openDatabase({ url: projectorUrl({ url }), poolSize: 1 });
    await liveProjection(pool)(batchesOf(events)).finally(() => pool.close());
    await onDatabase(url, (owner) => owner.query('vacuum (analyze) read_model.order_read_model'));
  });
  return name;
}
