import type { Command, Id } from '@millrace/core';

import type { OrganizationId } from '../organizations/commands.ts';
import type { PersonId } from '../persons/commands.ts';

/** Names an employment. */
export type EmploymentId = Id<'employment'>;

export type CreateEmployment = Command<
  'CreateEmployment',
  { employmentId: EmploymentId; personId: PersonId; organizationId: OrganizationId }
>;
export type EndEmployment = Command<'EndEmployment', { employmentId: EmploymentId; reason: string }>;

/** Everything that can be asked of an employment. */
export type EmploymentCommand = CreateEmployment | EndEmployment;
