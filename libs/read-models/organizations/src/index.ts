export { organizationView, type OrganizationViewRow } from './organization-view.ts';
