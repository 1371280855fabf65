import { employmentEvents, employmentRoutes } from '@millrace/contracts/employments';

import { entity } from '../entity/entity-api.ts';

/** The history of an employment. Where somebody works now is told by the person. */
export const employmentEntity = entity({ resource: employmentRoutes, catalogue: employmentEvents });
