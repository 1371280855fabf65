import { contractCatalogue } from '../contract-catalogue.ts';
import { tenantSchemas } from './schemas.generated.ts';
import { tenantUpcasters } from './upcasters.ts';

/** Topic of the internal tenant events. */
export const TENANTS_TOPIC = 'tenants.events.v1';

/** The internal tenant events: what the store holds and `tenants.events.v1` carries. */
export const tenantEvents = contractCatalogue({
  aggregateType: 'tenant',
  topic: TENANTS_TOPIC,
  schemas: tenantSchemas,
  upcasters: tenantUpcasters,
});
