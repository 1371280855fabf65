/** The read model of orders as its consumer group keeps it, batch by batch, from events that lie in memory. */
import { applyBatch, projectionEffect, type ReadBatch } from '@millrace/consumer';
import { readingOf } from '@millrace/consumer/testing';
import { type OrderEvent, orderEvents, ORDERS_TOPIC } from '@millrace/contracts/orders';
import type { RecordedEvent } from '@millrace/core';
import { orderReadModel } from '@millrace/orders-read-models';
import { type Database, openDatabase } from '@millrace/postgres';

import type { Arm } from '../harness/arm.ts';
import type { BenchPostgres } from '../harness/bench-postgres.ts';
import { drain } from '../harness/drain.ts';
import { onDatabase, projectorUrl } from './millrace-store.ts';

/** Records of a batch: the default of a consumer. */
export const BATCH = 500;

/** The events as batches of one partition that was never read. */
export function batchesOf(events: readonly RecordedEvent<OrderEvent>[]): ReadBatch[] {
  const at = { group: orderReadModel.name, topic: ORDERS_TOPIC, partition: 0 };
  return Array.from({ length: Math.ceil(events.length / BATCH) }, (_, number) => {
    const first = number * BATCH;
    const readings = events.slice(first, first + BATCH).map((event, index) => readingOf(event, first + index));
    return { at, from: first === 0 ? undefined : first, nextOffset: first + readings.length, readings };
  });
}

/** What applies batches, one after the other: a member of the group without Kafka. */
export function liveProjection(database: Database): (batches: readonly ReadBatch[]) => Promise<void> {
  const parts = { database, effect: projectionEffect(orderReadModel), catalogue: orderEvents };
  return async (batches) => {
    for (const batch of batches) await applyBatch(parts, batch);
  };
}

const DAY_MS = 86_400_000;

/** What is wrong with the table after the events: orders that are missing, or at another version. */
export async function checkOrders(
  database: { readonly url: string },
  events: readonly RecordedEvent<OrderEvent>[],
): Promise<string[]> {
  const versions = new Map(events.map(({ aggregateId, sequenceNumber }) => [aggregateId, sequenceNumber]));
  // Sums of whole moments would be larger than a number can be.
  const updated = new Map(events.map(({ aggregateId, occurredAt }) => [aggregateId, Date.parse(occurredAt) % DAY_MS]));
  const sum = (numbers: Iterable<number>) => [...numbers].reduce((total, number) => total + number, 0);
  const expected = { orders: versions.size, versions: events.length, times: sum(updated.values()) };
  const { rows } = await onDatabase(database.url, (owner) =>
    owner.query<Record<string, number>>(`
      select count(*) as orders, coalesce(sum(version), 0)::bigint as versions,
             coalesce(sum((extract(epoch from updated_at) * 1000)::bigint % ${DAY_MS}), 0)::bigint as times
        from read_model.order_read_model`),
  );
  return Object.entries(expected).flatMap(([name, count]) =>
    rows[0]?.[name] === count ? [] : [`${name}: ${rows[0]?.[name]}, expected ${count}`],
  );
}

/** What is wrong with the group: another position than that after the last event, or events that were parked. */
export async function checkGroup(database: { readonly url: string }, nextOffset: number): Promise<string[]> {
  const { rows } = await onDatabase(database.url, (owner) =>
    owner.query<{ at: number; parked: number }>(
      `select (select coalesce(sum(next_offset), 0)::bigint from consumer.positions where consumer_group = $1) as at,
              (select count(*) from consumer.parked_events) as parked`,
      [orderReadModel.name],
    ),
  );
  const { at = 0, parked = 0 } = rows[0] ?? {};
  return at === nextOffset && parked === 0 ? [] : [`position ${at}, expected ${nextOffset}; ${parked} parked`];
}

/** A database with the events in its store, and what a turn does to its read model. */
export type Live = {
  readonly postgres: BenchPostgres;
  readonly template: string;
  readonly events: readonly RecordedEvent<OrderEvent>[];
  /** Batches that are discarded. */
  readonly warmUp: number;
};

/** The live projection, as its process has it: role, statement timeout, one connection, one batch after the other. */
export function liveArm(name: string, { postgres, template, events, warmUp }: Live): Arm {
  const batches = batchesOf(events);
  const operations = events.length - warmUp * BATCH;
  return {
    name,
    async measure() {
      const database = await postgres.create(template);
      const pool = openDatabase({ url: projectorUrl(database), poolSize: 1, applicationName: orderReadModel.name });
      try {
        const apply = liveProjection(pool);
        await apply(batches.slice(0, warmUp));
        const measured = await drain({ postgres, database, operations }, () => apply(batches.slice(warmUp)));
        const problems = [...(await checkOrders(database, events)), ...(await checkGroup(database, events.length))];
        return { ...measured, problems };
      } finally {
        await pool.close();
        await database.drop();
      }
    },
  };
}
