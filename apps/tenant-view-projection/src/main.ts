/** Consumer group `tenant-view-projection`: keeps read_model.tenant_view in step with the tenant and user events. */
import { runProjection } from '@millrace/consumer';
import { tenantView, tenantViewEvents } from '@millrace/tenants-read-models';

await runProjection({ projection: tenantView, catalogue: tenantViewEvents }, process.env);
