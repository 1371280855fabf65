import { orderEvents, orderRoutes } from '@millrace/contracts/orders';
import { orderReadModel, ordersByCustomer, ordersByStatus } from '@millrace/orders-read-models';
import { listOrders, listOrdersOfCustomer } from '@millrace/orders-read-models/queries';

import { entity } from '../entity/entity-api.ts';
import { list } from '../list/list-api.ts';
import { id } from '../parameters.ts';
import { statusesOf, statusFilter } from './order-filter.ts';
import { customerListItem, orderView, statusListItem } from './order-view.ts';

/** What an order looks like, and its history. */
export const orderEntity = entity({
  resource: orderRoutes,
  catalogue: orderEvents,
  current: { projection: orderReadModel, view: orderView },
});

/** Which orders have one of these statuses? */
export const orderList = list({
  name: 'ListOrders',
  path: '/orders',
  plural: 'orders',
  parameters: { status: statusFilter },
  projection: ordersByStatus,
  filter: ({ status }) => ({ statuses: statusesOf(status) }),
  read: listOrders,
  view: statusListItem,
});

/** Which orders has this customer? */
export const ordersOfCustomerList = list({
  name: 'ListOrdersOfCustomer',
  path: '/customers/:customerId/orders',
  plural: 'orders',
  parameters: { customerId: id, status: statusFilter },
  projection: ordersByCustomer,
  filter: ({ customerId, status }) => ({ customerId, statuses: statusesOf(status) }),
  read: listOrdersOfCustomer,
  view: customerListItem,
});
