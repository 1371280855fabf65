import { describe, expect, it } from '@jest/globals';
import type { OrderCommand, OrderEvent } from '@millrace/contracts/orders';
import { given, specContext } from '@millrace/core/testing';
import fc from 'fast-check';

import { order, type OrderRejection, type OrderStatus } from './index.ts';

const items = [{ sku: 'tea', quantity: 2, unitPrice: { amount: '4.50', currency: 'EUR' } }];
const total = { amount: '9.00', currency: 'EUR' };

const created: OrderEvent = { type: 'OrderCreated', data: { orderId: 'o-1', customerId: 'c-1', items, total } };
const confirmed: OrderEvent = { type: 'OrderConfirmed', data: { orderId: 'o-1' } };
const shipped: OrderEvent = {
  type: 'OrderShipped',
  data: { orderId: 'o-1', trackingNumber: 'TRACK123', carrier: 'DHL' },
};
const delivered: OrderEvent = { type: 'OrderDelivered', data: { orderId: 'o-1' } };
const cancelled: OrderEvent = { type: 'OrderCancelled', data: { orderId: 'o-1', reason: 'changed my mind' } };
const updated: OrderEvent = { type: 'OrderItemsUpdated', data: { orderId: 'o-1', items, total } };

const histories: Record<OrderStatus, OrderEvent[]> = {
  absent: [],
  created: [created],
  confirmed: [created, confirmed],
  shipped: [created, confirmed, shipped],
  delivered: [created, confirmed, shipped, delivered],
  cancelled: [created, cancelled],
};

const commands: Record<OrderCommand['type'], OrderCommand> = {
  CreateOrder: { type: 'CreateOrder', data: { orderId: 'o-1', customerId: 'c-1', items } },
  UpdateOrderItems: { type: 'UpdateOrderItems', data: { orderId: 'o-1', items } },
  ConfirmOrder: { type: 'ConfirmOrder', data: { orderId: 'o-1' } },
  ShipOrder: { type: 'ShipOrder', data: { orderId: 'o-1', trackingNumber: 'TRACK123', carrier: 'DHL' } },
  DeliverOrder: { type: 'DeliverOrder', data: { orderId: 'o-1' } },
  CancelOrder: { type: 'CancelOrder', data: { orderId: 'o-1', reason: 'changed my mind' } },
};

const refused = 'ORDER_TRANSITION_REFUSED';
const exists = 'ORDER_ALREADY_EXISTS';
const absent = 'ORDER_NOT_FOUND';

type Outcome = OrderEvent | OrderRejection;

/** The whole transition table: what each command does in each state. */
const matrix: Record<OrderCommand['type'], Record<OrderStatus, Outcome>> = {
  CreateOrder: {
    absent: created,
    created: exists,
    confirmed: exists,
    shipped: exists,
    delivered: exists,
    cancelled: exists,
  },
  UpdateOrderItems: {
    absent,
    created: updated,
    confirmed: refused,
    shipped: refused,
    delivered: refused,
    cancelled: refused,
  },
  ConfirmOrder: {
    absent,
    created: confirmed,
    confirmed: refused,
    shipped: refused,
    delivered: refused,
    cancelled: refused,
  },
  ShipOrder: { absent, created: refused, confirmed: shipped, shipped: refused, delivered: refused, cancelled: refused },
  DeliverOrder: {
    absent,
    created: refused,
    confirmed: refused,
    shipped: delivered,
    delivered: refused,
    cancelled: refused,
  },
  CancelOrder: {
    absent,
    created: cancelled,
    confirmed: cancelled,
    shipped: cancelled,
    delivered: refused,
    cancelled: refused,
  },
};

const pairs = Object.entries(matrix).flatMap(([type, row]) =>
  Object.entries(row).map(([status, outcome]) => ({
    type: type as OrderCommand['type'],
    status: status as OrderStatus,
    outcome,
  })),
);

describe('order', () => {
  it.each(pairs)('ORD-23…27 ORD-80 T-27 $type when $status', ({ type, status, outcome }) => {
    const result = given(order)(...histories[status]).when(commands[type]);
    if (typeof outcome === 'string') result.thenRejected(outcome);
    else result.then(outcome);
  });

  it.each(['CreateOrder', 'UpdateOrderItems'] as const)('ORD-21 %s without items is refused', (type) => {
    const history = type === 'CreateOrder' ? [] : [created];
    const command = { ...commands[type], data: { ...commands[type].data, items: [] } } as OrderCommand;
    given(order)(...history)
      .when(command)
      .thenRejected('ORDER_WITHOUT_ITEMS');
  });

  it.each([0, -1])('ORD-22 quantity %d is refused', (quantity) => {
    const bad = [{ ...items[0]!, quantity }];
    given(order)()
      .when({ type: 'CreateOrder', data: { orderId: 'o-1', customerId: 'c-1', items: bad } })
      .thenRejected('ORDER_QUANTITY_NOT_POSITIVE');
    given(order)(created)
      .when({ type: 'UpdateOrderItems', data: { orderId: 'o-1', items: bad } })
      .thenRejected('ORDER_QUANTITY_NOT_POSITIVE');
  });

  it('ORD-13 prices in two currencies are refused', () => {
    const mixed = [items[0]!, { sku: 'pot', quantity: 1, unitPrice: { amount: '20', currency: 'USD' } }];
    given(order)()
      .when({ type: 'CreateOrder', data: { orderId: 'o-1', customerId: 'c-1', items: mixed } })
      .thenRejected('ORDER_CURRENCIES_MIXED');
  });

  it('ORD-29 an order begins with OrderCreated and with nothing else', () => {
    expect(() => order.evolve(order.initialState, confirmed)).toThrow('an order cannot begin with OrderConfirmed');
  });

  it('ORD-29 deciding twice gives equal events and leaves the state as it was', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.values(histories)),
        fc.constantFrom(...Object.values(commands)),
        (history, command) => {
          const state = Object.freeze(
            history.reduce((folded, event) => order.evolve(folded, Object.freeze(event)), order.initialState),
          );
          const before = JSON.stringify(state);
          const first = given(order)(...history).when(command).decision;
          expect(given(order)(...history).when(command).decision).toEqual(first);
          expect(JSON.stringify(state)).toBe(before);
        },
      ),
    );
  });

  it('ORD-59 a replay from a snapshot, which went through JSON, leads to the same as one from the start', () => {
    const anyRun = fc.array(fc.constantFrom(...Object.values(commands)), { maxLength: 30 });
    fc.assert(
      fc.property(anyRun, fc.nat(), (run, cut) => {
        let live = order.initialState;
        const stored: OrderEvent[] = [];
        for (const command of run) {
          const decision = order.decide(command, live, specContext);
          if (decision.outcome === 'rejected') continue;
          stored.push(...decision.events);
          live = decision.events.reduce((state, event) => order.evolve(state, event), live);
        }
        const at = cut % (stored.length + 1);
        const replay = (from: typeof live, events: OrderEvent[]) =>
          events.reduce((state, event) => order.evolve(state, event), from);
        const snapshot = JSON.parse(JSON.stringify(replay(order.initialState, stored.slice(0, at)))) as typeof live;
        expect(replay(snapshot, stored.slice(at))).toEqual(replay(order.initialState, stored));
        expect(replay(order.initialState, stored)).toEqual(live);
      }),
    );
  });

  it('ORD-27 SHR-20 no run of commands leaves the transition table', () => {
    const next: Record<OrderStatus, readonly OrderStatus[]> = {
      absent: ['created'],
      created: ['created', 'confirmed', 'cancelled'],
      confirmed: ['shipped', 'cancelled'],
      shipped: ['delivered', 'cancelled'],
      delivered: [],
      cancelled: [],
    };
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...Object.values(commands)), { maxLength: 30 }), (run) => {
        let state = order.initialState;
        const stored: OrderEvent[] = [];
        for (const command of run) {
          const decision = order.decide(command, state, specContext);
          if (decision.outcome === 'rejected') continue;
          for (const event of decision.events) {
            const evolved = order.evolve(state, event);
            expect(next[state.status]).toContain(evolved.status);
            state = evolved;
            stored.push(event);
          }
        }
        expect(stored.reduce((folded, event) => order.evolve(folded, event), order.initialState)).toEqual(state);
      }),
    );
  });
});
