import { contractCatalogue } from '../contract-catalogue.ts';
import { employmentSchemas } from './schemas.generated.ts';
import { employmentUpcasters } from './upcasters.ts';

/** Topic of the internal employment events. */
export const EMPLOYMENTS_TOPIC = 'employments.events.v1';

/** The internal employment events: what the store holds and `employments.events.v1` carries. */
export const employmentEvents = contractCatalogue({
  aggregateType: 'employment',
  topic: EMPLOYMENTS_TOPIC,
  schemas: employmentSchemas,
  upcasters: employmentUpcasters,
});
