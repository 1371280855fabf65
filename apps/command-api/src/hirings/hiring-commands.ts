import { type HiringCommand, hiringRoutes } from '@millrace/contracts/hirings';
import { hiring } from '@millrace/hirings';
import { PROCESS_ROLES } from '@millrace/http';

import type { AggregateApi } from '../aggregate-api.ts';
import { body, id, reasonBody } from '../body-schemas.ts';

/** The commands of a hiring over HTTP. How it ends, unless it is cancelled, is for the hiring saga to say. */
export const hirings: AggregateApi<HiringCommand> = {
  decider: hiring,
  routes: hiringRoutes,
  commands: {
    StartHiring: { body: body({ personId: id, organizationId: id }) },
    CompleteHiring: { body: body({ employmentId: id }), access: PROCESS_ROLES },
    FailHiring: { body: reasonBody, access: PROCESS_ROLES },
    CancelHiring: { body: reasonBody },
  },
};
