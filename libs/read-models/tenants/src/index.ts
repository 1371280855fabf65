export { tenantView, tenantViewEvents, type TenantViewRow } from './tenant-view.ts';
