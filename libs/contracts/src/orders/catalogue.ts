import { EventCatalogue } from '@millrace/core';

import { orderPublicSchemas, orderSchemas } from './schemas.generated.ts';
import { orderUpcasters } from './upcasters.ts';

/** Topic of the internal order events. */
export const ORDERS_TOPIC = 'orders.events.v1';

/** Topic of the public order events. */
export const ORDERS_PUBLIC_TOPIC = 'orders.public.v1';

/** The internal order events: what the store holds and `orders.events.v1` carries. */
export const orderEvents = catalogueOf(ORDERS_TOPIC, orderSchemas);

/** The public order events of `orders.public.v1`: a contract of their own. */
export const orderPublicEvents = catalogueOf(ORDERS_PUBLIC_TOPIC, orderPublicSchemas);

function catalogueOf(
  topic: string,
  schemas: Readonly<Record<string, Readonly<Record<number, object>>>>,
): EventCatalogue {
  return new EventCatalogue(
    Object.entries(schemas).map(([type, versions]) => ({
      type,
      aggregateType: 'order',
      topic,
      schemas: versions,
      upcasters: orderUpcasters[type] ?? {},
    })),
  );
}
