import { describe, expect, test } from '@jest/globals';

import { orderEvents, orderPublicEvents, ORDERS_PUBLIC_TOPIC, ORDERS_TOPIC } from './catalogue.ts';
import type { OrderCreated, OrderEvent } from './events.generated.ts';

const line = (quantity: number, amount: string) => ({ sku: 'KEY-1', quantity, unitPrice: { amount, currency: 'EUR' } });
const version1 = { orderId: 'o-1', customerId: 'c-1', items: [line(3, '0.10'), line(2, '19.9999')] };

describe('SHR-23 ORD-12 OrderCreated of version 1', () => {
  test('gets the total that version 2 has, computed from its items', () => {
    const upcast: OrderCreated['data'] = orderEvents.upcast('OrderCreated', 1, version1) as OrderCreated['data'];
    expect(upcast).toStrictEqual({ ...version1, total: { amount: '40.2998', currency: 'EUR' } });
  });

  test('is not changed itself', () => {
    const stored = structuredClone(version1);
    orderEvents.upcast('OrderCreated', 1, stored);
    expect(stored).toStrictEqual(version1);
  });

  test('has the no-currency total of the schema default when it has no items', () => {
    expect(orderEvents.upcast('OrderCreated', 1, { ...version1, items: [] })).toMatchObject({
      total: { amount: '0.00', currency: 'XXX' },
    });
  });
});

test('SHR-23 an event of the current version is passed on as it is', () => {
  const current = { ...version1, total: { amount: '1.00', currency: 'EUR' } };
  expect(orderEvents.upcast('OrderCreated', 2, current)).toBe(current);
});

test('SHR-22 a version that this process does not know is an error', () => {
  expect(() => orderEvents.upcast('OrderCreated', 3, version1)).toThrow(
    expect.objectContaining({ code: 'UNKNOWN_EVENT_TYPE', facts: { type: 'OrderCreated', version: 3, current: 2 } }),
  );
});

test('the generated union and the catalogue know the same events', () => {
  // Compiles only while the keys are exactly the types of the union.
  const everyType: Record<OrderEvent['type'], true> = {
    OrderCreated: true,
    OrderItemsUpdated: true,
    OrderConfirmed: true,
    OrderShipped: true,
    OrderDelivered: true,
    OrderCancelled: true,
  };
  expect(orderEvents.definitions.map(({ type }) => type).sort()).toEqual(Object.keys(everyType).sort());
});

test('T-38 the public contract shares no event and no topic with the internal one', () => {
  const topics = (catalogue: typeof orderEvents) => [...new Set(catalogue.definitions.map(({ topic }) => topic))];
  expect(topics(orderEvents)).toEqual([ORDERS_TOPIC]);
  expect(topics(orderPublicEvents)).toEqual([ORDERS_PUBLIC_TOPIC]);
  expect(orderPublicEvents.definitions.filter(({ type }) => orderEvents.has(type))).toEqual([]);
});
