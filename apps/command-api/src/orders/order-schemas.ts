/** Shape of order commands over HTTP. Rules (no items, no quantity) are the order's: those are refused with 422. */
import { Type } from 'typebox';

import { body, id, text } from '../body-schemas.ts';

const AVRO_INT = { minimum: -2_147_483_648, maximum: 2_147_483_647 };

const money = body({
  amount: Type.String({ pattern: '^\\d{1,12}(\\.\\d{1,4})?$' }),
  currency: Type.String({ pattern: '^[A-Z]{3}$' }),
});

const items = Type.Array(body({ sku: text(64), quantity: Type.Integer(AVRO_INT), unitPrice: money }), {
  maxItems: 1_000,
});

export const createOrderBody = body({ customerId: id, items });
export const updateItemsBody = body({ items });
export const shipBody = body({ trackingNumber: text(128), carrier: text(64) });
