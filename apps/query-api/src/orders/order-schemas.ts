/** What may be asked about orders over HTTP. */
import type { OrderStatus } from '@millrace/orders-read-models';
import { type Static, Type } from 'typebox';

const strict = { additionalProperties: false };

const id = Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$' });
const version = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER });

const page = {
  limit: Type.Integer({ minimum: 1, maximum: 200, default: 50 }),
  cursor: Type.Optional(Type.String({ minLength: 1, maxLength: 1_024 })),
};

const statuses: readonly OrderStatus[] = ['created', 'confirmed', 'shipped', 'delivered', 'cancelled'];
const ACTIVE: readonly OrderStatus[] = ['created', 'confirmed', 'shipped'];

const statusFilter = Type.Optional(Type.Enum([...statuses, 'active']));

/** Statuses that a filter stands for: itself, the three before the end for `active`, all without one. */
export function statusesOf(filter: OrderStatus | 'active' | undefined): readonly OrderStatus[] {
  if (filter === undefined) return statuses;
  return filter === 'active' ? ACTIVE : [filter];
}

const orderMoment = Type.Object(
  {
    minVersion: Type.Optional(version),
    wait: Type.Optional(Type.String({ pattern: '^\\d{1,6}(ms|s)$' })),
    version: Type.Optional(version),
    at: Type.Optional(Type.String()),
  },
  strict,
);

/** Which moment of an order: now (perhaps no older than a version), at a version, or at a time. */
export type OrderMoment = Static<typeof orderMoment>;

const orderId = Type.Object({ orderId: id });

export const getOrderSchema = { params: orderId, querystring: orderMoment };
export const orderHistorySchema = { params: orderId, querystring: Type.Object(page, strict) };
export const listOrdersSchema = { querystring: Type.Object({ status: statusFilter, ...page }, strict) };
export const listOrdersOfCustomerSchema = {
  params: Type.Object({ customerId: id }),
  querystring: Type.Object({ status: statusFilter, ...page }, strict),
};
