export { orderEvents, orderPublicEvents, ORDERS_PUBLIC_TOPIC, ORDERS_TOPIC } from './catalogue.ts';
export type {
  CancelOrder,
  ConfirmOrder,
  CreateOrder,
  DeliverOrder,
  OrderCommand,
  OrderLine,
  ShipOrder,
  UpdateOrderItems,
} from './commands.ts';
export type { OrderCreated, OrderEvent, OrderItem, OrderPublicEvent } from './events.generated.ts';
export { orderRoutes } from './routes.ts';
