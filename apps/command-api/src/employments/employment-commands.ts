import { type EmploymentCommand, employmentRoutes } from '@millrace/contracts/employments';
import { employment } from '@millrace/employments';

import type { AggregateApi } from '../aggregate-api.ts';
import { body, id, reasonBody } from '../body-schemas.ts';

/** The commands of an employment over HTTP. */
export const employments: AggregateApi<EmploymentCommand> = {
  decider: employment,
  routes: employmentRoutes,
  commands: {
    CreateEmployment: { body: body({ personId: id, organizationId: id }) },
    EndEmployment: { body: reasonBody },
  },
};
