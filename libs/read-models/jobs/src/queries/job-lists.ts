import {
  countRows,
  type ListPosition,
  type ListSelection,
  type NewestPage,
  newestRows,
  type Queryable,
  type Versioned,
} from '@millrace/queries';

import { jobReadModel, type JobReadModelRow, type JobStatus } from '../job-read-model.ts';

/** Which jobs: of this status, of this name, created in this time. */
export type JobFilter = Omit<ListSelection, 'tenantId' | 'where'> & {
  readonly status?: JobStatus | undefined;
  readonly name?: string | undefined;
};

type JobSelection = JobFilter & { readonly tenantId: string };

/** Jobs of a tenant, newest first. */
export async function listJobs(
  database: Queryable,
  { status, name, ...page }: JobSelection & Omit<NewestPage, 'where'>,
): Promise<Versioned<JobReadModelRow>[]> {
  // The table holds what the projection makes.
  return (await newestRows(database, jobReadModel, {
    ...page,
    where: { status, name },
  })) as Versioned<JobReadModelRow>[];
}

/** How many there are from `first` on. */
export async function countJobs(
  database: Queryable,
  { status, name, ...selection }: JobSelection & { readonly first: ListPosition },
): Promise<number> {
  return countRows(database, jobReadModel, { ...selection, where: { status, name } });
}
