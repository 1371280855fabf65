import type { Command, Money } from '@millrace/core';

/** One line of an order as a client sends it: a whole number of pieces and the price of one. */
export type OrderLine = { readonly sku: string; readonly quantity: number; readonly unitPrice: Money };

export type CreateOrder = Command<'CreateOrder', { orderId: string; customerId: string; items: readonly OrderLine[] }>;
export type UpdateOrderItems = Command<'UpdateOrderItems', { orderId: string; items: readonly OrderLine[] }>;
export type ConfirmOrder = Command<'ConfirmOrder', { orderId: string }>;
export type ShipOrder = Command<'ShipOrder', { orderId: string; trackingNumber: string; carrier: string }>;
export type DeliverOrder = Command<'DeliverOrder', { orderId: string }>;
export type CancelOrder = Command<'CancelOrder', { orderId: string; reason: string }>;

/** Everything that can be asked of an order. */
export type OrderCommand = CreateOrder | UpdateOrderItems | ConfirmOrder | ShipOrder | DeliverOrder | CancelOrder;
