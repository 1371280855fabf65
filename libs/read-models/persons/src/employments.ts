import type { EmploymentEvent } from '@millrace/contracts/employments';
import type { RecordedEvent } from '@millrace/core';

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

/** The later of two instants (RFC 3339, UTC) in any notation: a row from Postgres says `+00:00`, an event `Z`. */
export function laterOf(left: string, right: string): string {
  return instantKey(left) < instantKey(right) ? right : left;
}

function byBeginning(left: CurrentEmployment, right: CurrentEmployment): number {
  return compare(instantKey(left.since), instantKey(right.since)) || compare(left.employmentId, right.employmentId);
}

// Not by the rules of a language: the order must be the same on every machine.
function compare(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

/** Text that sorts like the instant, to the microsecond, which Date does not keep. */
function instantKey(instant: string): string {
  const [, seconds = '', fraction = ''] = /^([^.Z+]+)(?:\.(\d+))?/.exec(instant) ?? [];
  return seconds + fraction.padEnd(6, '0');
}
