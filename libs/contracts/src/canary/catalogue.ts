import type { EventCatalogue } from '@millrace/core';

import { contractCatalogue } from '../contract-catalogue.ts';
import { canarySchemas } from './schemas.generated.ts';

/** Type of the records by which the auditor sees that a topic is alive. */
export const CANARY_TYPE = 'Canary';

/** The canary of one topic. It is in no store, and no catalogue of events has it. */
export function canaryCatalogue(topic: string): EventCatalogue {
  return contractCatalogue({ aggregateType: 'canary', topic, schemas: canarySchemas, upcasters: {} });
}
