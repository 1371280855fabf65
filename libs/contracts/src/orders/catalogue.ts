import { contractCatalogue } from '../contract-catalogue.ts';
import { orderPublicSchemas, orderSchemas } from './schemas.generated.ts';
import { orderUpcasters } from './upcasters.ts';

/** Topic of the internal order events. */
export const ORDERS_TOPIC = 'orders.events.v1';

/** Topic of the public order events. */
export const ORDERS_PUBLIC_TOPIC = 'orders.public.v1';

/** The internal order events: what the store holds and `orders.events.v1` carries. */
export const orderEvents = contractCatalogue({
  aggregateType: 'order',
  topic: ORDERS_TOPIC,
  schemas: orderSchemas,
  upcasters: orderUpcasters,
});

/** The public order events of `orders.public.v1`: a contract of their own. */
export const orderPublicEvents = contractCatalogue({
  aggregateType: 'order',
  topic: ORDERS_PUBLIC_TOPIC,
  schemas: orderPublicSchemas,
  upcasters: orderUpcasters,
});
