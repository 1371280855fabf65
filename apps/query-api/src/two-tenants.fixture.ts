/** The same life in two tenants, under the same ids and under ids of their own. Every text of it names its tenant. */
import type { DomainEvent } from '@millrace/core';
import { projections } from '@millrace/fleet';

import type { ReadSideFixture, SpecStream } from './read-side.fixture.ts';

/** Id that both tenants use, for everything. */
export const SHARED = 'both';
/** Asynchronous command of a tenant. */
export const commandOf = (tenant: string) =>
  `0198c0de-0000-7000-8000-${Buffer.from(tenant).toString('hex').padStart(12, '0').slice(-12)}`;
/** Id of its own that a tenant uses for everything. */
export const ownId = (tenant: string) => `${tenant}-only`;

const price = { amount: '12.50', currency: 'EUR' };

/** At least two events of one aggregate, by its type. */
const lives: Readonly<Record<string, (id: string, tenant: string) => DomainEvent[]>> = {
  order: (orderId, tenant) => [
    {
      type: 'OrderCreated',
      data: { orderId, customerId: 'c-1', items: [{ sku: tenant, quantity: 1, unitPrice: price }], total: price },
    },
    { type: 'OrderCancelled', data: { orderId, reason: tenant } },
  ],
  job: (jobId, tenant) => [
    { type: 'JobCreated', data: { jobId, name: 'work', command: tenant, image: 'image', metadata: { tenant } } },
    { type: 'JobStarted', data: { jobId, attempt: 1 } },
  ],
  pipeline: (pipelineId, tenant) => [
    {
      type: 'PipelineCreated',
      data: { pipelineId, name: 'work', steps: [{ name: tenant, command: 'x', image: 'image' }] },
    },
    { type: 'PipelineCancelled', data: { pipelineId, reason: tenant } },
  ],
  organization: (organizationId, tenant) => [
    { type: 'OrganizationCreated', data: { organizationId, name: tenant } },
    { type: 'OrganizationRenamed', data: { organizationId, oldName: tenant, newName: `new ${tenant}` } },
  ],
  employment: (employmentId, tenant) => [
    { type: 'EmploymentCreated', data: { employmentId, personId: `of ${tenant}`, organizationId: SHARED } },
    {
      type: 'EmploymentEnded',
      data: { employmentId, personId: `of ${tenant}`, organizationId: SHARED, reason: tenant },
    },
  ],
  person: (personId, tenant) => [
    {
      type: 'PersonCreated',
      data: { personId, legalName: { givenName: tenant, middleName: null, familyName: 'x' }, birthDate: null },
    },
    { type: 'PersonEmailChanged', data: { personId, email: 'same@example.org' } },
  ],
  hiring: (hiringId, tenant) => [
    { type: 'HiringStarted', data: { hiringId, personId: `of-${tenant}`, organizationId: SHARED } },
    { type: 'HiringCancelled', data: { hiringId, reason: tenant } },
  ],
  user: (userId, tenant) => [
    { type: 'UserCreated', data: { userId, email: `x@${tenant}.example`, username: tenant } },
    { type: 'UserNameChanged', data: { userId, oldName: tenant, newName: `new ${tenant}` } },
  ],
  tenant: (tenantId, tenant) => [
    { type: 'TenantCreated', data: { tenantId, name: tenant, settings: {} } },
    { type: 'TenantRenamed', data: { tenantId, oldName: tenant, newName: `new ${tenant}` } },
  ],
};

/** Aggregate types that a tenant has here. */
export const livedTypes = Object.keys(lives);

const encoded = encodeURIComponent;

/** Filters of every list, each of which finds everything of its kind that a tenant has here. */
export const listFilters: Readonly<Record<string, readonly string[]>> = {
  ListOrders: ['', '?status=cancelled'],
  ListOrdersOfCustomer: ['', '?status=cancelled'],
  ListJobs: ['', '?status=running', '?name=work', '?createdFrom=2000-01-01T00:00:00Z&createdTo=2999-01-01T00:00:00Z'],
  ListPipelines: ['', '?status=cancelled', '?name=work'],
  ListPersons: ['', '?email=same@example.org', `?organizationId=${SHARED}`],
  ListOrganizations: [''],
  ListHirings: ['', '?status=cancelled'],
  ListTenants: ['', '?status=active'],
  ListUsers: [''],
  SearchEvents: [
    '',
    '?type=JobCreated',
    '?aggregateType=job',
    `?aggregateId=${SHARED}`,
    '?correlationId=process-1',
    '?from=2000-01-01T00:00:00Z&to=2999-01-01T00:00:00Z',
    `?contains=${encoded('{"name":"work"}')}`,
  ],
};

/**
 * Fills event store, read models and the queue of commands for tenants. The rows of all are written in one transaction, so
 * that only their keys tell them apart.
 */
export async function live(readSide: ReadSideFixture, ...tenants: string[]): Promise<void> {
  const streams: SpecStream[] = [];
  for (const tenantId of tenants) {
    streams.push(...(await liveIn(readSide, tenantId)));
    await readSide.sql(
      `insert into command.pending_commands (tenant_id, command_id, user_id, stream_tenant_id, aggregate_type, aggregate_id, command, context,
         idempotency_key, request_hash) values ($1, $2, 'alice', $1, 'job', $3, '{}', '{"correlationId": "x"}', 'key', 'hash')`,
      [tenantId, commandOf(tenantId), ownId(tenantId)],
    );
  }
  await readSide.project(projections, ...streams);
  await readSide.sql('refresh materialized view read_model.activity');
}

async function liveIn(readSide: ReadSideFixture, tenantId: string): Promise<SpecStream[]> {
  const createdAt = new Date().toISOString();
  const streams: SpecStream[] = [];
  for (const [aggregateType, life] of Object.entries(lives)) {
    const ids = aggregateType === 'tenant' ? [tenantId] : [SHARED, ownId(tenantId)];
    for (const aggregateId of ids) {
      const stream = { tenantId, aggregateType, aggregateId, createdAt };
      streams.push(stream);
      await readSide.append(stream, ...life(aggregateId, tenantId));
    }
  }
  for (const personId of [SHARED, ownId(tenantId)]) streams.push(await employ(readSide, tenantId, personId));
  return streams;
}

async function employ(readSide: ReadSideFixture, tenantId: string, personId: string): Promise<SpecStream> {
  const employmentId = `of-${personId}`;
  const stream = { tenantId, aggregateType: 'employment', aggregateId: employmentId };
  const data = { employmentId, personId, organizationId: SHARED };
  await readSide.append(stream, { type: 'EmploymentCreated', data });
  return stream;
}
