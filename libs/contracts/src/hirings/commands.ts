import type { Command, Id } from '@millrace/core';

import type { EmploymentId } from '../employments/commands.ts';
import type { OrganizationId } from '../organizations/commands.ts';
import type { PersonId } from '../persons/commands.ts';

/** Names a hiring. */
export type HiringId = Id<'hiring'>;

export type StartHiring = Command<
  'StartHiring',
  { hiringId: HiringId; personId: PersonId; organizationId: OrganizationId }
>;
export type CompleteHiring = Command<'CompleteHiring', { hiringId: HiringId; employmentId: EmploymentId }>;
export type FailHiring = Command<'FailHiring', { hiringId: HiringId; reason: string }>;
export type CancelHiring = Command<'CancelHiring', { hiringId: HiringId; reason: string }>;

/** Everything that can be asked of a hiring. Completing and failing come from the hiring saga. */
export type HiringCommand = StartHiring | CompleteHiring | FailHiring | CancelHiring;
