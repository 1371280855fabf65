import { contractCatalogue } from '../contract-catalogue.ts';
import { hiringPublicSchemas, hiringSchemas } from './schemas.generated.ts';
import { hiringUpcasters } from './upcasters.ts';

/** Topic of the internal hiring events. */
export const HIRINGS_TOPIC = 'hirings.events.v1';

/** Topic of the public hiring events. */
export const HIRINGS_PUBLIC_TOPIC = 'hirings.public.v1';

/** The internal hiring events: what the store holds and `hirings.events.v1` carries. */
export const hiringEvents = contractCatalogue({
  aggregateType: 'hiring',
  topic: HIRINGS_TOPIC,
  schemas: hiringSchemas,
  upcasters: hiringUpcasters,
});

/** The public hiring events of `hirings.public.v1`: a contract of their own. */
export const hiringPublicEvents = contractCatalogue({
  aggregateType: 'hiring',
  topic: HIRINGS_PUBLIC_TOPIC,
  schemas: hiringPublicSchemas,
  upcasters: hiringUpcasters,
});
