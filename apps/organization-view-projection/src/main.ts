/** Consumer group `organization-view-projection`: keeps read_model.organization_view in step with the organization events. */
import { runProjection } from '@millrace/consumer';
import { organizationEvents } from '@millrace/contracts/organizations';
import { organizationView } from '@millrace/organizations-read-models';

await runProjection({ projection: organizationView, catalogue: organizationEvents }, process.env);
