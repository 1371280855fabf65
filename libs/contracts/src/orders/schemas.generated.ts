// Generated from schemas/**/*.avsc by `npm run generate`: do not edit.
// Every name here is stored and published for ever: a new shape is a new schema version, not a rename.

/** Event type → schema version → Avro schema. */
type Schemas = Readonly<Record<string, Readonly<Record<number, object>>>>;

/** Every event schema of orders. */
export const orderSchemas: Schemas = {
  OrderCancelled: {
    1: {
      type: 'record',
      name: 'OrderCancelled',
      namespace: 'orders',
      doc: 'The order will not be fulfilled.',
      fields: [
        { name: 'orderId', type: 'string', doc: 'The order; also the key of the record.' },
        { name: 'reason', type: 'string', doc: 'Why, in the words of whoever cancelled.' },
      ],
    },
  },
  OrderConfirmed: {
    1: {
      type: 'record',
      name: 'OrderConfirmed',
      namespace: 'orders',
      doc: 'The order will be fulfilled; its lines are final.',
      fields: [{ name: 'orderId', type: 'string', doc: 'The order; also the key of the record.' }],
    },
  },
  OrderCreated: {
    1: {
      type: 'record',
      name: 'OrderCreated',
      namespace: 'orders',
      doc: 'A customer placed an order.',
      fields: [
        { name: 'orderId', type: 'string', doc: 'The order; also the key of the record.' },
        { name: 'customerId', type: 'string', doc: 'Who ordered.' },
        {
          name: 'items',
          type: {
            type: 'array',
            items: {
              type: 'record',
              name: 'OrderItem',
              doc: 'One line of an order.',
              fields: [
                { name: 'sku', type: 'string', doc: 'Stock keeping unit.' },
                { name: 'quantity', type: 'int', doc: 'Pieces; at least 1.' },
                {
                  name: 'unitPrice',
                  type: {
                    type: 'record',
                    name: 'Money',
                    doc: 'An exact amount.',
                    fields: [
                      {
                        name: 'amount',
                        type: 'string',
                        doc: 'Decimal number with a point and at most 4 decimals, for example 12.50.',
                      },
                      { name: 'currency', type: 'string', doc: 'ISO 4217 code in capitals.' },
                    ],
                  },
                  doc: 'Price of one piece.',
                },
              ],
            },
          },
          doc: 'All lines of the order, at least one, all in one currency.',
        },
      ],
    },
    2: {
      type: 'record',
      name: 'OrderCreated',
      namespace: 'orders',
      doc: 'A customer placed an order. Version 2 adds the total.',
      fields: [
        { name: 'orderId', type: 'string', doc: 'The order; also the key of the record.' },
        { name: 'customerId', type: 'string', doc: 'Who ordered.' },
        {
          name: 'items',
          type: {
            type: 'array',
            items: {
              type: 'record',
              name: 'OrderItem',
              doc: 'One line of an order.',
              fields: [
                { name: 'sku', type: 'string', doc: 'Stock keeping unit.' },
                { name: 'quantity', type: 'int', doc: 'Pieces; at least 1.' },
                {
                  name: 'unitPrice',
                  type: {
                    type: 'record',
                    name: 'Money',
                    doc: 'An exact amount.',
                    fields: [
                      {
                        name: 'amount',
                        type: 'string',
                        doc: 'Decimal number with a point and at most 4 decimals, for example 12.50.',
                      },
                      { name: 'currency', type: 'string', doc: 'ISO 4217 code in capitals.' },
                    ],
                  },
                  doc: 'Price of one piece.',
                },
              ],
            },
          },
          doc: 'All lines of the order, at least one, all in one currency.',
        },
        {
          name: 'total',
          type: 'Money',
          doc: 'Sum of quantity times unit price. XXX (no currency) where the writer did not know it: sum the items.',
          default: { amount: '0.00', currency: 'XXX' },
        },
      ],
    },
  },
  OrderDelivered: {
    1: {
      type: 'record',
      name: 'OrderDelivered',
      namespace: 'orders',
      doc: 'The customer has the order.',
      fields: [{ name: 'orderId', type: 'string', doc: 'The order; also the key of the record.' }],
    },
  },
  OrderItemsUpdated: {
    1: {
      type: 'record',
      name: 'OrderItemsUpdated',
      namespace: 'orders',
      doc: 'The lines of an order that is not confirmed yet were replaced.',
      fields: [
        { name: 'orderId', type: 'string', doc: 'The order; also the key of the record.' },
        {
          name: 'items',
          type: {
            type: 'array',
            items: {
              type: 'record',
              name: 'OrderItem',
              doc: 'One line of an order.',
              fields: [
                { name: 'sku', type: 'string', doc: 'Stock keeping unit.' },
                { name: 'quantity', type: 'int', doc: 'Pieces; at least 1.' },
                {
                  name: 'unitPrice',
                  type: {
                    type: 'record',
                    name: 'Money',
                    doc: 'An exact amount.',
                    fields: [
                      {
                        name: 'amount',
                        type: 'string',
                        doc: 'Decimal number with a point and at most 4 decimals, for example 12.50.',
                      },
                      { name: 'currency', type: 'string', doc: 'ISO 4217 code in capitals.' },
                    ],
                  },
                  doc: 'Price of one piece.',
                },
              ],
            },
          },
          doc: 'All lines of the order, at least one, all in one currency.',
        },
        { name: 'total', type: 'Money', doc: 'Sum of quantity times unit price.' },
      ],
    },
  },
  OrderShipped: {
    1: {
      type: 'record',
      name: 'OrderShipped',
      namespace: 'orders',
      doc: 'The order was handed to a carrier.',
      fields: [
        { name: 'orderId', type: 'string', doc: 'The order; also the key of the record.' },
        { name: 'trackingNumber', type: 'string', doc: "The carrier's number of the parcel." },
        { name: 'carrier', type: 'string', doc: 'Name of the carrier, for example DHL.' },
      ],
    },
  },
};

/** Every public event schema of orders. */
export const orderPublicSchemas: Schemas = {
  OrderAccepted: {
    1: {
      type: 'record',
      name: 'OrderAccepted',
      namespace: 'orders.published',
      doc: 'Public: the order will be fulfilled.',
      fields: [{ name: 'orderId', type: 'string', doc: 'The order; also the key of the record.' }],
    },
  },
  OrderAmended: {
    1: {
      type: 'record',
      name: 'OrderAmended',
      namespace: 'orders.published',
      doc: 'Public: an order was changed before its confirmation.',
      fields: [
        { name: 'orderId', type: 'string', doc: 'The order; also the key of the record.' },
        {
          name: 'total',
          type: {
            type: 'record',
            name: 'Money',
            doc: 'An exact amount.',
            fields: [
              {
                name: 'amount',
                type: 'string',
                doc: 'Decimal number with a point and at most 4 decimals, for example 12.50.',
              },
              { name: 'currency', type: 'string', doc: 'ISO 4217 code in capitals.' },
            ],
          },
          doc: 'What the customer owes now.',
        },
        { name: 'pieces', type: 'int', doc: 'Sum of the quantities now.' },
      ],
    },
  },
  OrderCompleted: {
    1: {
      type: 'record',
      name: 'OrderCompleted',
      namespace: 'orders.published',
      doc: 'Public: the customer has the order.',
      fields: [{ name: 'orderId', type: 'string', doc: 'The order; also the key of the record.' }],
    },
  },
  OrderDispatched: {
    1: {
      type: 'record',
      name: 'OrderDispatched',
      namespace: 'orders.published',
      doc: 'Public: the order is on its way.',
      fields: [
        { name: 'orderId', type: 'string', doc: 'The order; also the key of the record.' },
        { name: 'carrier', type: 'string', doc: 'Name of the carrier.' },
        { name: 'trackingNumber', type: 'string', doc: "The carrier's number of the parcel." },
      ],
    },
  },
  OrderPlaced: {
    1: {
      type: 'record',
      name: 'OrderPlaced',
      namespace: 'orders.published',
      doc: 'Public: an order was placed.',
      fields: [
        { name: 'orderId', type: 'string', doc: 'The order; also the key of the record.' },
        { name: 'customerId', type: 'string', doc: 'Who ordered.' },
        {
          name: 'total',
          type: {
            type: 'record',
            name: 'Money',
            doc: 'An exact amount.',
            fields: [
              {
                name: 'amount',
                type: 'string',
                doc: 'Decimal number with a point and at most 4 decimals, for example 12.50.',
              },
              { name: 'currency', type: 'string', doc: 'ISO 4217 code in capitals.' },
            ],
          },
          doc: 'What the customer owes.',
        },
        { name: 'pieces', type: 'int', doc: 'Sum of the quantities.' },
      ],
    },
  },
  OrderWithdrawn: {
    1: {
      type: 'record',
      name: 'OrderWithdrawn',
      namespace: 'orders.published',
      doc: 'Public: the order will not be fulfilled.',
      fields: [{ name: 'orderId', type: 'string', doc: 'The order; also the key of the record.' }],
    },
  },
};
