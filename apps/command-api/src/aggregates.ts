import type { AggregateApi } from './aggregate-api.ts';
import { employments } from './employments/employment-commands.ts';
import { hirings } from './hirings/hiring-commands.ts';
import { jobs } from './jobs/job-commands.ts';
import { orders } from './orders/order-commands.ts';
import { organizations } from './organizations/organization-commands.ts';
import { persons } from './persons/person-commands.ts';
import { pipelines } from './pipelines/pipeline-commands.ts';
import { tenants } from './tenants/tenant-commands.ts';
import { users } from './users/user-commands.ts';

/** Every aggregate type that can be commanded over HTTP. */
export const aggregates: readonly AggregateApi[] = [
  orders,
  jobs,
  pipelines,
  persons,
  organizations,
  employments,
  hirings,
  tenants,
  users,
];
