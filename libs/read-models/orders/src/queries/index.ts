export { findOrder, type OrderDetails, probeOrder, type Queryable } from './order-details.ts';
export { type HistoryPage, orderAtTime, orderAtVersion, orderHistory } from './order-history.ts';
export {
  type ListedByCustomer,
  type ListedByStatus,
  listOrders,
  listOrdersOfCustomer,
  type ListPage,
  type ListPosition,
} from './order-lists.ts';
export { parkedEvent, type Progress, projectionProgress, type QueriedProjection } from './projection-progress.ts';
