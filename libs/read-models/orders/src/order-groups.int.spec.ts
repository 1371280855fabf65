import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { EventDecoder, EventEncoder, type RegisteredSchema, subjectOf } from '@millrace/avro';
import { applyBatch, type Effect, projectionEffect, publicationEffect } from '@millrace/consumer';
import { readingOf } from '@millrace/consumer/testing';
import { type OrderEvent, orderEvents, orderPublicEvents, ORDERS_TOPIC } from '@millrace/contracts/orders';
import { foldEvent, type Projection, type Row } from '@millrace/core';
import { type Database, openDatabase } from '@millrace/postgres';
import { createTestDatabase, type TestDatabase } from '@millrace/testing';

import { orderPublication, orderReadModel, ordersAnalytics, ordersByCustomer, ordersByStatus } from './index.ts';
import { type Happening, orderHistory } from './order-events.fixture.ts';

const lives: readonly Happening[][] = [
  ['created'],
  ['created', 'amended', 'amended', 'confirmed'],
  ['created', 'confirmed', 'shipped', 'delivered'],
  ['created', 'amended', 'cancelled'],
  ['created', 'confirmed', 'shipped', 'cancelled'],
];
const histories = lives.map((names, index) => orderHistory(`order-${index}`, names));
/** As a topic carries them: in order per order, mixed over orders. */
const events = [0, 1, 2, 3].flatMap((turn) => histories.flatMap((history) => history[turn] ?? []));

describe('order groups on Postgres', () => {
  let created: TestDatabase;
  let owner: Database;
  let projector: Database;
  beforeAll(async () => {
    created = await createTestDatabase();
    owner = openDatabase({ url: created.url });
    projector = openDatabase({ url: created.roleUrls.projector });
  });
  afterAll(async () => {
    await Promise.all([owner.close(), projector.close()]);
    await created.drop();
  });

  /** Applies the events in batches of `size`, each batch twice as after a rewound position. */
  async function applyTwice(group: string, effect: Effect, size: number): Promise<void> {
    const at = { group, topic: ORDERS_TOPIC, partition: 0 };
    let from: number | undefined;
    for (let start = 0; start < events.length * 2; start += size) {
      const turn = Math.floor(start / size / 2) * size;
      const readings = events.slice(turn, turn + size).map((event, index) => readingOf(event, start + index));
      const nextOffset = start + size;
      await applyBatch({ database: projector, catalogue: orderEvents, effect }, { at, from, nextOffset, readings });
      from = nextOffset;
    }
  }

  const projections: Record<string, Projection<OrderEvent, Row>> = Object.fromEntries(
    [orderReadModel, ordersByCustomer, ordersByStatus, ordersAnalytics].map((projection) => [
      projection.name,
      projection as unknown as Projection<OrderEvent, Row>,
    ]),
  );

  test.each(Object.keys(projections))('ORD-46 %s: the table equals a plain fold of the events', async (name) => {
    const projection = projections[name] as Projection<OrderEvent, Row>;
    await applyTwice(name, projectionEffect(projection), 4);
    const { rows } = await owner.query(`select * from read_model.${projection.table}`);
    expect(sorted(rows)).toEqual(sorted([...folded(projection).values()]));
  });

  test('ORD-50 external-publisher writes one outbox row per event, with the original id and no internal field', async () => {
    const registered = registeredIds();
    const encoder = new EventEncoder([orderPublicEvents], registered);
    const effect = publicationEffect({ mapping: orderPublication, catalogue: orderPublicEvents, encoder });
    await applyTwice('external-publisher', effect, 3);
    const { rows } = await owner.query<{ payload: Buffer } & Record<string, unknown>>(
      'select * from outbox.outbox_messages order by seq',
    );
    expect(rows.map(({ id }) => id)).toEqual(events.map(({ eventId }) => eventId));
    expect(rows.map(({ ce_aggregateversion }) => Number(ce_aggregateversion))).toEqual(
      events.map(({ sequenceNumber }) => sequenceNumber),
    );
    const cancelled = rows.find(({ type }) => type === 'OrderWithdrawn');
    const original = events.find(({ type }) => type === 'OrderCancelled');
    expect(cancelled).toMatchObject({
      topic: 'orders.public.v1',
      key: original?.aggregateId,
      ce_subject: original?.aggregateId,
      ce_source: 'urn:millrace:external-publisher',
      ce_dataschema: 'urn:millrace:schema:orders.published.OrderWithdrawn:1',
      ce_time: original?.occurredAt,
      ce_tenantid: 'acme',
      ce_correlationid: 'correlation',
      ce_causationid: original?.eventId,
      ce_eventversion: '1',
    });
    const schemas = new Map(registered.map(({ schemaId, schema }) => [schemaId, schema]));
    const decoder = new EventDecoder({ schemaById: async (id) => schemas.get(id) ?? {} });
    expect(await decoder.decode(cancelled?.payload ?? null)).toMatchObject({
      data: { orderId: original?.aggregateId },
    });
    expect(cancelled?.payload.toString()).not.toContain('changed my mind');
  });
});

function folded(projection: Projection<OrderEvent, Row>): Map<string, Row> {
  const rows = new Map<string, Row>();
  for (const event of events) {
    const key = JSON.stringify(projection.key(event));
    const row = foldEvent(projection, rows.get(key), event);
    if (row) rows.set(key, row);
  }
  return rows;
}

/** Ids as a registry would give them. */
function registeredIds(): (RegisteredSchema & { schema: object })[] {
  return orderPublicEvents.definitions.map(({ topic, schemas }, index) => {
    const schema = schemas[1] ?? {};
    return { subject: subjectOf(topic, schema), eventVersion: 1, schemaId: 100 + index, schema };
  });
}

function sorted(rows: readonly Row[]): Row[] {
  return [...rows].sort((a, b) => String(a.order_id ?? a.day).localeCompare(String(b.order_id ?? b.day)));
}
