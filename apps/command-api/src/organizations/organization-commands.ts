import { type OrganizationCommand, organizationRoutes } from '@millrace/contracts/organizations';
import { organization } from '@millrace/organizations';

import type { AggregateApi } from '../aggregate-api.ts';
import { body, text } from '../body-schemas.ts';

const nameBody = body({ name: text(200) });

/** The commands of an organization over HTTP. */
export const organizations: AggregateApi<OrganizationCommand> = {
  decider: organization,
  routes: organizationRoutes,
  commands: {
    CreateOrganization: { body: nameBody },
    RenameOrganization: { body: nameBody },
  },
};
