import type { Command, Id } from '@millrace/core';

/** Names an organization; a person's id does not compile in its place. */
export type OrganizationId = Id<'organization'>;

export type CreateOrganization = Command<'CreateOrganization', { organizationId: OrganizationId; name: string }>;
export type RenameOrganization = Command<'RenameOrganization', { organizationId: OrganizationId; name: string }>;

/** Everything that can be asked of an organization. */
export type OrganizationCommand = CreateOrganization | RenameOrganization;
