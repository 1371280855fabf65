/** Shape of order commands over HTTP. Rules (no items, no quantity) are the order's: those are refused with 422. */
import { type Static, Type } from 'typebox';

const strict = { additionalProperties: false };

const id = Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$' });

// No control characters, and no half of a surrogate pair: neither JSON in Postgres nor Avro could keep those.
const text = (maxLength: number) => Type.String({ minLength: 1, maxLength, pattern: '^[^\\p{Cc}\\p{Cs}]*$' });

const AVRO_INT = { minimum: -2_147_483_648, maximum: 2_147_483_647 };

const money = Type.Object(
  { amount: Type.String({ pattern: '^\\d{1,12}(\\.\\d{1,4})?$' }), currency: Type.String({ pattern: '^[A-Z]{3}$' }) },
  strict,
);

const items = Type.Array(Type.Object({ sku: text(64), quantity: Type.Integer(AVRO_INT), unitPrice: money }, strict), {
  maxItems: 1_000,
});

export const createOrderBody = Type.Object({ orderId: Type.Optional(id), customerId: id, items }, strict);
export const updateItemsBody = Type.Object({ items }, strict);
export const shipBody = Type.Object({ trackingNumber: text(128), carrier: text(64) }, strict);
export const cancelBody = Type.Object({ reason: text(500) }, strict);
export const emptyBody = Type.Object({}, strict);

export const orderParams = Type.Object({ orderId: id });
/** A command has no parameters: one that is not understood must not be overlooked. */
export const noParameters = Type.Object({}, strict);

export type CreateOrderBody = Static<typeof createOrderBody>;
