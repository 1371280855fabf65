export { type Tenant, tenant, type TenantRejection, type TenantStatus } from './tenant.ts';
