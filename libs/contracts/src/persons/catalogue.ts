import { contractCatalogue } from '../contract-catalogue.ts';
import { personSchemas } from './schemas.generated.ts';
import { personUpcasters } from './upcasters.ts';

/** Topic of the internal person events. */
export const PERSONS_TOPIC = 'persons.events.v1';

/** The internal person events: what the store holds and `persons.events.v1` carries. */
export const personEvents = contractCatalogue({
  aggregateType: 'person',
  topic: PERSONS_TOPIC,
  schemas: personSchemas,
  upcasters: personUpcasters,
});
