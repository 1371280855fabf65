// Generated from schemas/**/*.avsc by `npm run generate`: do not edit.
// Every name here is stored and published for ever: a new shape is a new schema version, not a rename.

import type { DomainEvent } from '@millrace/core';

/** The order will not be fulfilled. */
export type OrderCancelled = DomainEvent<
  'OrderCancelled',
  {
    /** The order; also the key of the record. */
    readonly orderId: string;
    /** Why, in the words of whoever cancelled. */
    readonly reason: string;
  }
>;

/** The order will be fulfilled; its lines are final. */
export type OrderConfirmed = DomainEvent<
  'OrderConfirmed',
  {
    /** The order; also the key of the record. */
    readonly orderId: string;
  }
>;

/** An exact amount. */
export type Money = {
  /** Decimal number with a point and at most 4 decimals, for example 12.50. */
  readonly amount: string;
  /** ISO 4217 code in capitals. */
  readonly currency: string;
};

/** One line of an order. */
export type OrderItem = {
  /** Stock keeping unit. */
  readonly sku: string;
  /** Pieces; at least 1. */
  readonly quantity: number;
  /** Price of one piece. */
  readonly unitPrice: Money;
};

/** A customer placed an order. Version 2 adds the total. */
export type OrderCreated = DomainEvent<
  'OrderCreated',
  {
    /** The order; also the key of the record. */
    readonly orderId: string;
    /** Who ordered. */
    readonly customerId: string;
    /** All lines of the order, at least one, all in one currency. */
    readonly items: readonly OrderItem[];
    /** Sum of quantity times unit price. XXX (no currency) where the writer did not know it: sum the items. */
    readonly total: Money;
  }
>;

/** The customer has the order. */
export type OrderDelivered = DomainEvent<
  'OrderDelivered',
  {
    /** The order; also the key of the record. */
    readonly orderId: string;
  }
>;

/** The lines of an order that is not confirmed yet were replaced. */
export type OrderItemsUpdated = DomainEvent<
  'OrderItemsUpdated',
  {
    /** The order; also the key of the record. */
    readonly orderId: string;
    /** All lines of the order, at least one, all in one currency. */
    readonly items: readonly OrderItem[];
    /** Sum of quantity times unit price. */
    readonly total: Money;
  }
>;

/** The order was handed to a carrier. */
export type OrderShipped = DomainEvent<
  'OrderShipped',
  {
    /** The order; also the key of the record. */
    readonly orderId: string;
    /** The carrier's number of the parcel. */
    readonly trackingNumber: string;
    /** Name of the carrier, for example DHL. */
    readonly carrier: string;
  }
>;

/** Public: the order will be fulfilled. */
export type OrderAccepted = DomainEvent<
  'OrderAccepted',
  {
    /** The order; also the key of the record. */
    readonly orderId: string;
  }
>;

/** Public: an order was changed before its confirmation. */
export type OrderAmended = DomainEvent<
  'OrderAmended',
  {
    /** The order; also the key of the record. */
    readonly orderId: string;
    /** What the customer owes now. */
    readonly total: Money;
    /** Sum of the quantities now. */
    readonly pieces: number;
  }
>;

/** Public: the customer has the order. */
export type OrderCompleted = DomainEvent<
  'OrderCompleted',
  {
    /** The order; also the key of the record. */
    readonly orderId: string;
  }
>;

/** Public: the order is on its way. */
export type OrderDispatched = DomainEvent<
  'OrderDispatched',
  {
    /** The order; also the key of the record. */
    readonly orderId: string;
    /** Name of the carrier. */
    readonly carrier: string;
    /** The carrier's number of the parcel. */
    readonly trackingNumber: string;
  }
>;

/** Public: an order was placed. */
export type OrderPlaced = DomainEvent<
  'OrderPlaced',
  {
    /** The order; also the key of the record. */
    readonly orderId: string;
    /** Who ordered. */
    readonly customerId: string;
    /** What the customer owes. */
    readonly total: Money;
    /** Sum of the quantities. */
    readonly pieces: number;
  }
>;

/** Public: the order will not be fulfilled. */
export type OrderWithdrawn = DomainEvent<
  'OrderWithdrawn',
  {
    /** The order; also the key of the record. */
    readonly orderId: string;
  }
>;

/** Every event of orders, in its newest version. */
export type OrderEvent =
  OrderCancelled | OrderConfirmed | OrderCreated | OrderDelivered | OrderItemsUpdated | OrderShipped;

/** Every public event of orders, in its newest version. */
export type OrderPublicEvent =
  OrderAccepted | OrderAmended | OrderCompleted | OrderDispatched | OrderPlaced | OrderWithdrawn;
