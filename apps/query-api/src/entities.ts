/** Everything that can be read over HTTP, domain by domain. */
import { employmentEntity } from './employments/employment-reads.ts';
import type { EntityApi } from './entity/entity-api.ts';
import { eventList } from './events/event-reads.ts';
import { hiringEntity, hiringList } from './hirings/hiring-reads.ts';
import { jobEntity, jobList } from './jobs/job-reads.ts';
import type { ListApi } from './list/list-api.ts';
import { orderEntity, orderList, ordersOfCustomerList } from './orders/order-reads.ts';
import { organizationEntity, organizationList } from './organizations/organization-reads.ts';
import { personEntity, personList } from './persons/person-reads.ts';
import { pipelineEntity, pipelineList } from './pipelines/pipeline-reads.ts';
import { tenantEntity, tenantList } from './tenants/tenant-reads.ts';
import { userEntity, userList } from './users/user-reads.ts';

/** Aggregates: `GET /v1/<plural>/{id}` and its history. */
export const entities: readonly EntityApi[] = [
  orderEntity,
  jobEntity,
  pipelineEntity,
  tenantEntity,
  userEntity,
  personEntity,
  organizationEntity,
  employmentEntity,
  hiringEntity,
];

/** Lists. */
export const lists: readonly ListApi[] = [
  orderList,
  ordersOfCustomerList,
  jobList,
  pipelineList,
  eventList,
  tenantList,
  userList,
  personList,
  organizationList,
  hiringList,
];
