export { organizationEvents, ORGANIZATIONS_TOPIC } from './catalogue.ts';
export type { CreateOrganization, OrganizationCommand, OrganizationId, RenameOrganization } from './commands.ts';
export type { OrganizationEvent } from './events.generated.ts';
export { organizationRoutes } from './routes.ts';
