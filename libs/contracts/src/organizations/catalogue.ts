import { contractCatalogue } from '../contract-catalogue.ts';
import { organizationSchemas } from './schemas.generated.ts';
import { organizationUpcasters } from './upcasters.ts';

/** Topic of the internal organization events. */
export const ORGANIZATIONS_TOPIC = 'organizations.events.v1';

/** The internal organization events: what the store holds and `organizations.events.v1` carries. */
export const organizationEvents = contractCatalogue({
  aggregateType: 'organization',
  topic: ORGANIZATIONS_TOPIC,
  schemas: organizationSchemas,
  upcasters: organizationUpcasters,
});
