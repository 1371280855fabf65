import type { OrderStatus } from '@millrace/orders-read-models';
import { Type } from 'typebox';

const statuses: readonly OrderStatus[] = ['created', 'confirmed', 'shipped', 'delivered', 'cancelled'];
const ACTIVE: readonly OrderStatus[] = ['created', 'confirmed', 'shipped'];

/** Status of a query string. */
export const statusFilter = Type.Optional(Type.Enum([...statuses, 'active']));

/** Statuses that a filter stands for: itself, the three before the end for `active`, all without one. */
export function statusesOf(filter: OrderStatus | 'active' | undefined): readonly OrderStatus[] {
  if (filter === undefined) return statuses;
  return filter === 'active' ? ACTIVE : [filter];
}
