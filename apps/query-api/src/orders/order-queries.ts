import type { QueryBus } from '../query-bus.ts';
import type { ReadSide } from '../read-side.ts';
import { type GetOrder, getOrder } from './get-order.ts';
import { type GetOrderAtTime, getOrderAtTime, type GetOrderAtVersion, getOrderAtVersion } from './get-past-order.ts';
import { type ListOrderHistory, listOrderHistory } from './list-order-history.ts';
import { type ListOrders, listOrders, type ListOrdersOfCustomer, listOrdersOfCustomer } from './list-orders.ts';

/** Every question about orders. */
export type OrderQueries = {
  readonly GetOrder: GetOrder;
  readonly GetOrderAtVersion: GetOrderAtVersion;
  readonly GetOrderAtTime: GetOrderAtTime;
  readonly ListOrders: ListOrders;
  readonly ListOrdersOfCustomer: ListOrdersOfCustomer;
  readonly ListOrderHistory: ListOrderHistory;
};

export function registerOrderQueries(bus: QueryBus, readSide: ReadSide): void {
  bus.register('GetOrder', (query) => getOrder(readSide, query));
  bus.register('GetOrderAtVersion', (query) => getOrderAtVersion(readSide, query));
  bus.register('GetOrderAtTime', (query) => getOrderAtTime(readSide, query));
  bus.register('ListOrders', (query) => listOrders(readSide, query));
  bus.register('ListOrdersOfCustomer', (query) => listOrdersOfCustomer(readSide, query));
  bus.register('ListOrderHistory', (query) => listOrderHistory(readSide, query));
}
