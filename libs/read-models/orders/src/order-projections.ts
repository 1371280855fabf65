import type { DomainEvent, Projection, Row } from '@millrace/core';

import { orderReadModel } from './order-read-model.ts';
import { ordersAnalytics } from './orders-analytics.ts';
import { ordersByCustomer } from './orders-by-customer.ts';
import { ordersByStatus } from './orders-by-status.ts';

/**
 * Every projection of the orders, for tools that treat them alike. They are given order events only, which the type
 * cannot say of a list.
 */
export const orderProjections = [
  orderReadModel,
  ordersByCustomer,
  ordersByStatus,
  ordersAnalytics,
] as unknown as readonly Projection<DomainEvent, Row>[];
