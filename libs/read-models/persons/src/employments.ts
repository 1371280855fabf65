import type { EmploymentEvent } from '@millrace/contracts/employments';
import { compareInstants, type RecordedEvent } from '@millrace/core';

/** An employment that has not ended. `since` is when it was created: RFC 3339, UTC. */
export type CurrentEmployment = {
  readonly employmentId: string;
  readonly organizationId: string;
  readonly since: string;
};

type Happened<Type extends EmploymentEvent['type']> = RecordedEvent<Extract<EmploymentEvent, { type: Type }>>;

/**
 * The employments with one more. The list is in the order of their beginnings, not of their arrival: employments come
 * over different partitions, and every order of arrival must lead to the same row.
 */
export function began(
  employments: readonly CurrentEmployment[],
  { data, occurredAt }: Happened<'EmploymentCreated'>,
): CurrentEmployment[] {
  const { employmentId, organizationId } = data;
  return [...employments, { employmentId, organizationId, since: occurredAt }].sort(byBeginning);
}

/** The employments without one. */
export function ended(
  employments: readonly CurrentEmployment[],
  { data }: Happened<'EmploymentEnded'>,
): CurrentEmployment[] {
  return employments.filter(({ employmentId }) => employmentId !== data.employmentId);
}

/** Organization of the employment that began last. */
export function organizationOf(employments: readonly CurrentEmployment[]): string | null {
  return employments.at(-1)?.organizationId ?? null;
}

function byBeginning(left: CurrentEmployment, right: CurrentEmployment): number {
  return compareInstants(left.since, right.since) || (left.employmentId < right.employmentId ? -1 : 1);
}
