import { type NewestPage, newestRows, type Queryable, type Versioned } from '@millrace/queries';

import { type HiringStatus, hiringView, type HiringViewRow } from '../hiring-view.ts';

/** Which hirings: of this status. */
export type HiringFilter = { readonly status?: HiringStatus | undefined };

/** Hirings of a tenant, newest first. */
export async function listHirings(
  database: Queryable,
  { status, ...page }: HiringFilter & Omit<NewestPage, 'where'>,
): Promise<Versioned<HiringViewRow>[]> {
  // The table holds what the projection makes.
  return (await newestRows(database, hiringView, { ...page, where: { status } })) as Versioned<HiringViewRow>[];
}
