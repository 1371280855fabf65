export { type Organization, organization, type OrganizationRejection } from './organization.ts';
