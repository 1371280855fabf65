export { orderProjections } from './order-projections.ts';
export { orderPublication } from './order-publication.ts';
export { orderReadModel, type OrderReadModelRow } from './order-read-model.ts';
export type { OrderStatus } from './order-row.ts';
export { ordersAnalytics, type OrdersAnalyticsRow } from './orders-analytics.ts';
export { ordersByCustomer, type OrdersByCustomerRow } from './orders-by-customer.ts';
export { ordersByStatus, type OrdersByStatusRow } from './orders-by-status.ts';
