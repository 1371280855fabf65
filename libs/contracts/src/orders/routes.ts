import type { CommandRoutes } from '../command-routes.ts';
import type { OrderCommand } from './commands.ts';

/** The order commands over HTTP. */
export const orderRoutes: CommandRoutes<OrderCommand> = {
  aggregateType: 'order',
  plural: 'orders',
  idField: 'orderId',
  verbs: {
    CreateOrder: 'create',
    UpdateOrderItems: 'update-items',
    ConfirmOrder: 'confirm',
    ShipOrder: 'ship',
    DeliverOrder: 'deliver',
    CancelOrder: 'cancel',
  },
};
