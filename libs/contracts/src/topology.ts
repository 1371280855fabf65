import { type Command, EventCatalogue } from '@millrace/core';

import { canaryCatalogue } from './canary/index.ts';
import type { CommandRoutes } from './command-routes.ts';
import { employmentEvents, employmentRoutes, EMPLOYMENTS_TOPIC } from './employments/index.ts';
import { hiringEvents, hiringPublicEvents, hiringRoutes, HIRINGS_TOPIC } from './hirings/index.ts';
import { jobEvents, jobRoutes, JOBS_TOPIC } from './jobs/index.ts';
import { orderEvents, orderPublicEvents, orderRoutes, ORDERS_TOPIC } from './orders/index.ts';
import { organizationEvents, organizationRoutes, ORGANIZATIONS_TOPIC } from './organizations/index.ts';
import { personEvents, personRoutes, PERSONS_TOPIC } from './persons/index.ts';
import { pipelineEvents, pipelineRoutes, PIPELINES_TOPIC } from './pipelines/index.ts';
import { tenantEvents, tenantRoutes, TENANTS_TOPIC } from './tenants/index.ts';
import { userEvents, userRoutes, USERS_TOPIC } from './users/index.ts';

export type { CommandRoutes } from './command-routes.ts';

/** A consumer group of this repository and the topics it reads. */
export type ConsumerGroup = { readonly group: string; readonly topics: readonly string[] };

/** What the event store holds: one catalogue per aggregate type, each with a topic of its own. */
export const internalCatalogues: readonly EventCatalogue[] = [
  orderEvents,
  jobEvents,
  pipelineEvents,
  personEvents,
  organizationEvents,
  employmentEvents,
  hiringEvents,
  tenantEvents,
  userEvents,
];

/** Every event that the store may hold, of all aggregate types. */
export const storedEvents = new EventCatalogue(internalCatalogues.flatMap(({ definitions }) => definitions));

/** What outsiders are told. */
export const publicCatalogues: readonly EventCatalogue[] = [orderPublicEvents, hiringPublicEvents];

/** Topics of all internal events. */
export const eventTopics: readonly string[] = topicsOf(internalCatalogues);

/** The canary of each topic of internal events: the auditor's sign of life, told to nobody. */
export const canaryCatalogues: readonly EventCatalogue[] = eventTopics.map(canaryCatalogue);

/** Every catalogue, for the registration of schemas. */
export const catalogues: readonly EventCatalogue[] = [...internalCatalogues, ...publicCatalogues, ...canaryCatalogues];

/** Every topic that the outbox may name. */
export const outboxTopics: readonly string[] = topicsOf(catalogues);

/** How every command is reached over HTTP. */
export const commandRoutes: readonly CommandRoutes<Command>[] = [
  orderRoutes,
  jobRoutes,
  pipelineRoutes,
  personRoutes,
  organizationRoutes,
  employmentRoutes,
  hiringRoutes,
  tenantRoutes,
  userRoutes,
];

/** Partitions of each topic at its birth. The count is never changed: keys would move and lose their order. */
export const TOPIC_PARTITIONS = 12;

/** The consumer groups whose lag is measured from outside. */
export const consumerGroups: readonly ConsumerGroup[] = [
  { group: 'order-read-model-projection', topics: [ORDERS_TOPIC] },
  { group: 'orders-by-customer-projection', topics: [ORDERS_TOPIC] },
  { group: 'orders-by-status-projection', topics: [ORDERS_TOPIC] },
  { group: 'orders-analytics-projection', topics: [ORDERS_TOPIC] },
  { group: 'external-publisher', topics: [ORDERS_TOPIC] },
  { group: 'job-read-model-projection', topics: [JOBS_TOPIC] },
  { group: 'pipeline-read-model-projection', topics: [PIPELINES_TOPIC] },
  { group: 'pipeline-saga', topics: [PIPELINES_TOPIC, JOBS_TOPIC] },
  { group: 'person-view-projection', topics: [PERSONS_TOPIC, EMPLOYMENTS_TOPIC] },
  { group: 'organization-view-projection', topics: [ORGANIZATIONS_TOPIC] },
  { group: 'hiring-view-projection', topics: [HIRINGS_TOPIC] },
  { group: 'hiring-saga', topics: [HIRINGS_TOPIC, PERSONS_TOPIC, EMPLOYMENTS_TOPIC] },
  { group: 'tenant-view-projection', topics: [TENANTS_TOPIC, USERS_TOPIC] },
  { group: 'user_projector', topics: [USERS_TOPIC] },
  { group: 'event-log-projection', topics: eventTopics },
];

/** What each group could not handle, as `<group>.dlq`: one partition, so in the order in which it was set aside. */
export const deadLetterTopics: readonly string[] = consumerGroups.map(({ group }) => `${group}.dlq`);

function topicsOf(some: readonly EventCatalogue[]): string[] {
  return [...new Set(some.flatMap(({ definitions }) => definitions.map(({ topic }) => topic)))];
}
