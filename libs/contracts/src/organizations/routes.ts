import type { CommandRoutes } from '../command-routes.ts';
import type { OrganizationCommand } from './commands.ts';

/** The organization commands over HTTP. */
export const organizationRoutes: CommandRoutes<OrganizationCommand> = {
  aggregateType: 'organization',
  plural: 'organizations',
  idField: 'organizationId',
  verbs: {
    CreateOrganization: 'create',
    RenameOrganization: 'rename',
  },
};
