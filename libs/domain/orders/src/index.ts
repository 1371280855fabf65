export { type Order, order, type OrderRejection, type OrderStatus } from './order.ts';
