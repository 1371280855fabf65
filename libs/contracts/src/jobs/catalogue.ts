import { contractCatalogue } from '../contract-catalogue.ts';
import { jobSchemas } from './schemas.generated.ts';
import { jobUpcasters } from './upcasters.ts';

/** Topic of the internal job events. */
export const JOBS_TOPIC = 'jobs.events.v1';

/** The internal job events: what the store holds and `jobs.events.v1` carries. */
export const jobEvents = contractCatalogue({
  aggregateType: 'job',
  topic: JOBS_TOPIC,
  schemas: jobSchemas,
  upcasters: jobUpcasters,
});
