import type { OrderCommand, OrderEvent, OrderLine } from '@millrace/contracts/orders';
import {
  accept,
  type Decider,
  type Decision,
  MillraceError,
  reject,
  rejectAbsent,
  rejectExisting,
  totalOf,
  unreachable,
} from '@millrace/core';

/** Where an order stands. `absent` is the state before the first event. */
export type OrderStatus = 'absent' | 'created' | 'confirmed' | 'shipped' | 'delivered' | 'cancelled';

/** What the rules need to know, and no more. */
export type Order = { readonly status: OrderStatus };

/** Refusals of the order rules; clients may rely on the codes. */
export type OrderRejection =
  | 'ORDER_NOT_FOUND'
  | 'ORDER_ALREADY_EXISTS'
  | 'ORDER_WITHOUT_ITEMS'
  | 'ORDER_QUANTITY_NOT_POSITIVE'
  | 'ORDER_CURRENCIES_MIXED'
  | 'ORDER_TRANSITION_REFUSED';

type OrderDecision = Decision<OrderEvent, OrderRejection>;

/**
 * The order:
 *
 *     absent ─create▶ created ─confirm▶ confirmed ─ship▶ shipped ─deliver▶ delivered
 *                        │ ⟲ update items   │                │
 *                        └──────cancel──────┴────────────────┴──▶ cancelled
 *
 * Delivered and cancelled are final. A transition that is not drawn is refused, a repeated one too.
 */
export const order: Decider<Order, OrderCommand, OrderEvent, OrderRejection> = {
  aggregateType: 'order',
  initialState: { status: 'absent' },
  stateVersion: 1,

  decide(command, { status }) {
    if (command.type === 'CreateOrder') return create(command.data, status);
    if (status === 'absent') return rejectAbsent('ORDER_NOT_FOUND', `There is no order ${command.data.orderId}.`);
    if (!allowed[command.type].includes(status)) return refuse(command, status);
    switch (command.type) {
      case 'UpdateOrderItems':
        return (
          refuseItems(command.data.items) ??
          accept({ type: 'OrderItemsUpdated', data: { ...command.data, total: total(command.data.items) } })
        );
      case 'ConfirmOrder':
        return accept({ type: 'OrderConfirmed', data: command.data });
      case 'ShipOrder':
        return accept({ type: 'OrderShipped', data: command.data });
      case 'DeliverOrder':
        return accept({ type: 'OrderDelivered', data: command.data });
      case 'CancelOrder':
        return accept({ type: 'OrderCancelled', data: command.data });
      default:
        return unreachable(command);
    }
  },

  evolve({ status }, event) {
    if (status === 'absent' && event.type !== 'OrderCreated') {
      throw new MillraceError('CORRUPT_STREAM', `an order cannot begin with ${event.type}`, {
        facts: { orderId: event.data.orderId },
      });
    }
    return { status: statusAfter(event) };
  },
};

/** From which statuses each command may start. */
const allowed: Readonly<Record<Exclude<OrderCommand['type'], 'CreateOrder'>, readonly OrderStatus[]>> = {
  UpdateOrderItems: ['created'],
  ConfirmOrder: ['created'],
  ShipOrder: ['confirmed'],
  DeliverOrder: ['shipped'],
  CancelOrder: ['created', 'confirmed', 'shipped'],
};

function statusAfter(event: OrderEvent): OrderStatus {
  switch (event.type) {
    case 'OrderCreated':
    case 'OrderItemsUpdated':
      return 'created';
    case 'OrderConfirmed':
      return 'confirmed';
    case 'OrderShipped':
      return 'shipped';
    case 'OrderDelivered':
      return 'delivered';
    case 'OrderCancelled':
      return 'cancelled';
    default:
      return unreachable(event);
  }
}

function create(data: Extract<OrderCommand, { type: 'CreateOrder' }>['data'], status: OrderStatus): OrderDecision {
  if (status !== 'absent') return rejectExisting('ORDER_ALREADY_EXISTS', `Order ${data.orderId} exists already.`);
  return refuseItems(data.items) ?? accept({ type: 'OrderCreated', data: { ...data, total: total(data.items) } });
}

function refuse({ type, data }: OrderCommand, status: OrderStatus): OrderDecision {
  return reject('ORDER_TRANSITION_REFUSED', `${type} is not possible: order ${data.orderId} is ${status}.`);
}

function refuseItems(items: readonly OrderLine[]): OrderDecision | undefined {
  if (items.length === 0) return reject('ORDER_WITHOUT_ITEMS', 'An order needs at least one item.');
  const bad = items.find(({ quantity }) => quantity <= 0);
  if (bad)
    return reject(
      'ORDER_QUANTITY_NOT_POSITIVE',
      `The quantity of ${bad.sku} must be at least 1, it is ${bad.quantity}.`,
    );
  if (new Set(items.map(({ unitPrice }) => unitPrice.currency)).size > 1)
    return reject('ORDER_CURRENCIES_MIXED', 'All items of an order must be priced in one currency.');
  return undefined;
}

const total = (items: readonly OrderLine[]) => totalOf(items, items[0]?.unitPrice.currency ?? '');
