export { type KnownTenant, listTenants, type TenantPage, type TenantStatus } from './tenant-list.ts';
