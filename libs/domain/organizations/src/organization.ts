import type { OrganizationCommand, OrganizationEvent } from '@millrace/contracts/organizations';
import {
  accept,
  type Decider,
  type Decision,
  MillraceError,
  reject,
  rejectAbsent,
  rejectExisting,
  unreachable,
} from '@millrace/core';

/** An organization by its name, or none yet. */
export type Organization = { readonly exists: false } | { readonly exists: true; readonly name: string };

/** Refusals of the organization rules; clients may rely on the codes. */
export type OrganizationRejection =
  'ORGANIZATION_NOT_FOUND' | 'ORGANIZATION_ALREADY_EXISTS' | 'ORGANIZATION_NAME_EMPTY' | 'ORGANIZATION_UNCHANGED';

type OrganizationDecision = Decision<OrganizationEvent, OrganizationRejection>;

/**
 * The organization:
 *
 *     absent ─create▶ known
 *                       ⟲ rename
 *
 * A name that it bears already is refused.
 */
export const organization: Decider<Organization, OrganizationCommand, OrganizationEvent, OrganizationRejection> = {
  aggregateType: 'organization',
  initialState: { exists: false },
  stateVersion: 1,

  decide(command, state) {
    const { organizationId, name } = command.data;
    switch (command.type) {
      case 'CreateOrganization':
        if (state.exists) {
          return rejectExisting('ORGANIZATION_ALREADY_EXISTS', `Organization ${organizationId} exists already.`);
        }
        return refuseName(name) ?? accept({ type: 'OrganizationCreated', data: command.data });
      case 'RenameOrganization':
        if (!state.exists) {
          return rejectAbsent('ORGANIZATION_NOT_FOUND', `There is no organization ${organizationId}.`);
        }
        if (name === state.name) return reject('ORGANIZATION_UNCHANGED', 'The organization bears this name already.');
        return (
          refuseName(name) ??
          accept({ type: 'OrganizationRenamed', data: { organizationId, oldName: state.name, newName: name } })
        );
      default:
        return unreachable(command);
    }
  },

  evolve({ exists }, event) {
    if (event.type === 'OrganizationCreated') return { exists: true, name: event.data.name };
    if (exists) return { exists: true, name: event.data.newName };
    throw new MillraceError('CORRUPT_STREAM', `an organization cannot begin with ${event.type}`, {
      facts: { organizationId: event.data.organizationId },
    });
  },
};

function refuseName(name: string): OrganizationDecision | undefined {
  return name.trim() === '' ? reject('ORGANIZATION_NAME_EMPTY', 'An organization needs a name.') : undefined;
}
