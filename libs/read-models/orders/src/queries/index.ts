export { listOrders, listOrdersOfCustomer, type ListPage } from './order-lists.ts';
