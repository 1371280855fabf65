import { type OrganizationEvent, ORGANIZATIONS_TOPIC } from '@millrace/contracts/organizations';
import { MillraceError, type Projection, type RecordedEvent } from '@millrace/core';

type OrganizationKey = { readonly tenant_id: string; readonly organization_id: string };

/** One organization: table `organization_view`. */
export type OrganizationViewRow = OrganizationKey & {
  readonly name: string;
  readonly created_at: string;
  readonly updated_at: string;
};

/** Answers: what is this organization called, and which are there? */
export const organizationView: Projection<OrganizationEvent, OrganizationViewRow> = {
  name: 'organization-view-projection',
  table: 'organization_view',
  topics: [ORGANIZATIONS_TOPIC],
  keyColumns: ['tenant_id', 'organization_id'],
  rowPer: 'aggregate',
  key: organizationKey,
  handlers: {
    OrganizationCreated: (_row, event) => ({
      ...organizationKey(event),
      name: event.data.name,
      created_at: event.occurredAt,
      updated_at: event.occurredAt,
    }),
    OrganizationRenamed: (row, event) => {
      if (!row) {
        const { type, aggregateId } = event;
        const message = `${type} of organization ${aggregateId} has no OrganizationCreated before it`;
        throw new MillraceError('CORRUPT_STREAM', message);
      }
      return { ...row, name: event.data.newName, updated_at: event.occurredAt };
    },
  },
};

function organizationKey({ tenantId, aggregateId }: RecordedEvent<OrganizationEvent>): OrganizationKey {
  return { tenant_id: tenantId, organization_id: aggregateId };
}
