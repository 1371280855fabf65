import { type OrderCommand, orderRoutes } from '@millrace/contracts/orders';
import { order } from '@millrace/orders';

import type { AggregateApi } from '../aggregate-api.ts';
import { emptyBody, reasonBody } from '../body-schemas.ts';
import { createOrderBody, shipBody, updateItemsBody } from './order-schemas.ts';

/** The commands of an order over HTTP. */
export const orders: AggregateApi<OrderCommand> = {
  decider: order,
  routes: orderRoutes,
  commands: {
    CreateOrder: { body: createOrderBody },
    UpdateOrderItems: { body: updateItemsBody },
    ConfirmOrder: { body: emptyBody },
    ShipOrder: { body: shipBody },
    DeliverOrder: { body: emptyBody },
    CancelOrder: { body: reasonBody },
  },
};
