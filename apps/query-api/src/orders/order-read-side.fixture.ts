/** A query-api on a real database with orders in it. */
import type { OrderEvent } from '@millrace/contracts/orders';
import type { RecordedEvent } from '@millrace/core';
import { orderReadModel, ordersByCustomer, ordersByStatus } from '@millrace/orders-read-models';

import { ReadSideFixture, type SpecStream } from '../read-side.fixture.ts';

/** One order of a spec. */
export type SpecOrder = {
  readonly tenantId?: string;
  readonly orderId: string;
  readonly customerId?: string;
  readonly createdAt?: string;
};

export class OrderReadSide extends ReadSideFixture {
  /** Appends events to the store; the read models do not know them yet. */
  store(order: SpecOrder, ...types: OrderEvent['type'][]): Promise<RecordedEvent[]> {
    return this.append(streamOf(order), ...types.map((type) => orderEvent(order, type)));
  }

  /** Folds all stored events of an order into the three read models, and moves the positions, as one batch would. */
  projectOrder(order: SpecOrder): Promise<void> {
    return this.project([orderReadModel, ordersByCustomer, ordersByStatus], streamOf(order));
  }

  async storeAndProject(order: SpecOrder, ...types: OrderEvent['type'][]): Promise<void> {
    await this.store(order, ...types);
    await this.projectOrder(order);
  }
}

function streamOf({ orderId, ...order }: SpecOrder): SpecStream {
  return { ...order, aggregateType: 'order', aggregateId: orderId };
}

export const items = [{ sku: 'tea', quantity: 2, unitPrice: { amount: '12.50', currency: 'EUR' } }];
const total = { amount: '25.00', currency: 'EUR' };

function orderEvent({ orderId, customerId = 'c-1' }: SpecOrder, type: OrderEvent['type']): OrderEvent {
  const data: { readonly [Type in OrderEvent['type']]: Extract<OrderEvent, { type: Type }>['data'] } = {
    OrderCreated: { orderId, customerId, items, total },
    OrderItemsUpdated: { orderId, items: [...items, ...items], total: { amount: '50.00', currency: 'EUR' } },
    OrderConfirmed: { orderId },
    OrderShipped: { orderId, trackingNumber: 'TRACK123', carrier: 'DHL' },
    OrderDelivered: { orderId },
    OrderCancelled: { orderId, reason: 'changed my mind' },
  };
  return { type, data: data[type] } as OrderEvent;
}
