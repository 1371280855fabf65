import type { CommandHandler } from '@millrace/command-handling';
import type { OrderCommand } from '@millrace/contracts/orders';
import { order } from '@millrace/orders';

import type { CommandBus } from '../command-bus.ts';

/** Every command of an order; leaving one out does not compile. */
const orderCommands: Readonly<Record<OrderCommand['type'], true>> = {
  CreateOrder: true,
  UpdateOrderItems: true,
  ConfirmOrder: true,
  ShipOrder: true,
  DeliverOrder: true,
  CancelOrder: true,
};

/** @param handler asked for with each command: there is none before the store can be reached */
export function registerOrderCommands(bus: CommandBus, handler: () => CommandHandler): void {
  for (const name of Object.keys(orderCommands)) {
    bus.register({ name, aggregateType: order.aggregateType }, async ({ command, ...sent }) =>
      // The name under which it was sent says that it is one of the order's.
      handler().handle({ decider: order, command: command as OrderCommand, ...sent }),
    );
  }
}
