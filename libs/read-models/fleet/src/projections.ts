import type { DomainEvent, Projection, Row } from '@millrace/core';
import { eventLog } from '@millrace/event-log';
import { hiringView } from '@millrace/hirings-read-models';
import { jobReadModel } from '@millrace/jobs-read-models';
import { orderProjections } from '@millrace/orders-read-models';
import { organizationView } from '@millrace/organizations-read-models';
import { personView } from '@millrace/persons-read-models';
import { pipelineReadModel } from '@millrace/pipelines-read-models';
import { tenantView } from '@millrace/tenants-read-models';
import { userProjector } from '@millrace/users-read-models';

/**
 * Every projection of this repository, for tools that treat them alike. Each is given events of its own topics only,
 * which the type cannot say of a list.
 */
export const projections = [
  ...orderProjections,
  jobReadModel,
  pipelineReadModel,
  personView,
  organizationView,
  hiringView,
  tenantView,
  userProjector,
  eventLog,
] as unknown as readonly Projection<DomainEvent, Row>[];
