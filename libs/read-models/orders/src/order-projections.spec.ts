import { describe, expect, test } from '@jest/globals';
import { type OrderEvent, orderEvents, orderPublicEvents } from '@millrace/contracts/orders';
import { foldEvent, type Projection, type RecordedEvent, type Row } from '@millrace/core';

import { orderPublication, orderReadModel, ordersAnalytics, ordersByCustomer, ordersByStatus } from './index.ts';
import { type Happening, happenings, hour, orderHistory } from './order-events.fixture.ts';

const fold = <R extends Row>(projection: Projection<OrderEvent, R>, events: readonly RecordedEvent<OrderEvent>[]) => {
  let row: R | undefined;
  for (const event of events) row = foldEvent(projection, row, event);
  return row;
};
const types = orderEvents.definitions.map(({ type }) => type).sort();
const perOrder = { orderReadModel, ordersByCustomer, ordersByStatus };

describe('order read models', () => {
  test('ORD-55 every event type is handled or ignored on purpose, and no other one', () => {
    const projections = [orderReadModel, ordersByCustomer, ordersByStatus, ordersAnalytics];
    for (const { handlers } of projections) expect(Object.keys(handlers).sort()).toEqual(types);
    expect(Object.keys(orderPublication.publish).sort()).toEqual(types);
    expect(
      Object.values(happenings('o'))
        .map(({ type }) => type)
        .sort(),
    ).toEqual(types);
  });

  test('ORD-14 ORD-43 order_read_model tells everything about a delivered order', () => {
    const history = orderHistory('o1', ['created', 'amended', 'confirmed', 'shipped', 'delivered']);
    expect(fold(orderReadModel, history)).toEqual({
      tenant_id: 'acme',
      order_id: 'o1',
      customer_id: 'carol',
      status: 'delivered',
      items: [{ sku: 'ale', quantity: 4, unitPrice: { amount: '2.50', currency: 'EUR' } }],
      total_amount: '10.00',
      currency: 'EUR',
      tracking_number: 'T-1',
      carrier: 'DHL',
      cancel_reason: null,
      created_at: hour(0),
      confirmed_at: hour(2),
      shipped_at: hour(3),
      delivered_at: hour(4),
      cancelled_at: null,
      updated_at: hour(4),
      version: 5,
    });
  });

  test('ORD-43 and about a cancelled one', () => {
    expect(fold(orderReadModel, orderHistory('o1', ['created', 'cancelled']))).toMatchObject({
      status: 'cancelled',
      cancel_reason: 'changed my mind',
      cancelled_at: hour(1),
      version: 2,
    });
  });

  test('ORD-44 orders_by_customer counts pieces and follows the status', () => {
    expect(fold(ordersByCustomer, orderHistory('o1', ['created', 'amended', 'confirmed']))).toEqual({
      tenant_id: 'acme',
      order_id: 'o1',
      customer_id: 'carol',
      status: 'confirmed',
      item_count: 4,
      total_amount: '10.00',
      currency: 'EUR',
      created_at: hour(0),
      updated_at: hour(2),
      version: 3,
    });
  });

  test.each<[Happening[], string]>([
    [['created'], 'created'],
    [['created', 'amended'], 'created'],
    [['created', 'confirmed'], 'confirmed'],
    [['created', 'confirmed', 'shipped'], 'shipped'],
    [['created', 'confirmed', 'shipped', 'delivered'], 'delivered'],
    [['created', 'cancelled'], 'cancelled'],
  ])('ORD-45 T-44 after %s every read model has the one status %s', (names, status) => {
    for (const projection of Object.values(perOrder)) {
      expect(fold(projection as Projection<OrderEvent, Row>, orderHistory('o1', names))).toMatchObject({
        order_id: 'o1',
        status,
        version: names.length,
      });
    }
  });

  test('T-42 an event before OrderCreated is refused, not swallowed', () => {
    const [, confirmed] = orderHistory('o1', ['created', 'confirmed']);
    if (!confirmed) throw new Error('two events');
    for (const projection of Object.values(perOrder)) {
      expect(() => fold(projection as Projection<OrderEvent, Row>, [confirmed])).toThrow(
        'OrderConfirmed of order o1 has no OrderCreated before it',
      );
    }
  });

  test('ORD-49 orders_analytics counts each thing on the day (UTC) on which it happened', () => {
    const history = orderHistory('o1', ['created', 'amended', 'confirmed', 'shipped', 'delivered']);
    expect(fold(ordersAnalytics, [...history, ...orderHistory('o2', ['created', 'cancelled'])])).toEqual({
      tenant_id: 'acme',
      day: '2026-01-02',
      orders_created: 2,
      items_updated: 1,
      orders_confirmed: 1,
      orders_shipped: 1,
      orders_delivered: 1,
      orders_cancelled: 1,
    });
    const [late] = orderHistory('o3', ['created']);
    if (!late) throw new Error('one event');
    expect(ordersAnalytics.key({ ...late, occurredAt: '2026-01-02T23:59:59.999999Z' })).toEqual({
      tenant_id: 'acme',
      day: '2026-01-02',
    });
  });
});

describe('order publication', () => {
  const all: Happening[] = ['created', 'amended', 'confirmed', 'shipped', 'delivered', 'cancelled'];

  test('ORD-50 each internal event becomes one public event with the public fields only', () => {
    const published = orderHistory('o1', all).map((event) => {
      const publish = orderPublication.publish[event.type] as (of: typeof event) => unknown;
      return publish(event);
    });
    const total = (amount: string) => ({ amount, currency: 'EUR' });
    expect(published).toEqual([
      { type: 'OrderPlaced', data: { orderId: 'o1', customerId: 'carol', total: total('5.00'), pieces: 2 } },
      { type: 'OrderAmended', data: { orderId: 'o1', total: total('10.00'), pieces: 4 } },
      { type: 'OrderAccepted', data: { orderId: 'o1' } },
      { type: 'OrderDispatched', data: { orderId: 'o1', carrier: 'DHL', trackingNumber: 'T-1' } },
      { type: 'OrderCompleted', data: { orderId: 'o1' } },
      { type: 'OrderWithdrawn', data: { orderId: 'o1' } },
    ]);
    expect(published.map((event) => (event as { type: string }).type).sort()).toEqual(
      orderPublicEvents.definitions.map(({ type }) => type).sort(),
    );
  });
});
