export { listOrganizations } from './organization-lists.ts';
