import { contractCatalogue } from '../contract-catalogue.ts';
import { pipelineSchemas } from './schemas.generated.ts';
import { pipelineUpcasters } from './upcasters.ts';

/** Topic of the internal pipeline events. */
export const PIPELINES_TOPIC = 'pipelines.events.v1';

/** The internal pipeline events: what the store holds and `pipelines.events.v1` carries. */
export const pipelineEvents = contractCatalogue({
  aggregateType: 'pipeline',
  topic: PIPELINES_TOPIC,
  schemas: pipelineSchemas,
  upcasters: pipelineUpcasters,
});
