import {
  countRows,
  type ListPosition,
  type ListSelection,
  type NewestPage,
  newestRows,
  type Queryable,
  type Versioned,
} from '@millrace/queries';

import { pipelineReadModel, type PipelineReadModelRow, type PipelineStatus } from '../pipeline-read-model.ts';

/** Which pipelines: of this status, of this name, created in this time. */
export type PipelineFilter = Omit<ListSelection, 'tenantId' | 'where'> & {
  readonly status?: PipelineStatus | undefined;
  readonly name?: string | undefined;
};

type PipelineSelection = PipelineFilter & { readonly tenantId: string };

/** Pipelines of a tenant, newest first. */
export async function listPipelines(
  database: Queryable,
  { status, name, ...page }: PipelineSelection & Omit<NewestPage, 'where'>,
): Promise<Versioned<PipelineReadModelRow>[]> {
  // The table holds what the projection makes.
  return (await newestRows(database, pipelineReadModel, {
    ...page,
    where: { status, name },
  })) as Versioned<PipelineReadModelRow>[];
}

/** How many there are from `first` on. */
export async function countPipelines(
  database: Queryable,
  { status, name, ...selection }: PipelineSelection & { readonly first: ListPosition },
): Promise<number> {
  return countRows(database, pipelineReadModel, { ...selection, where: { status, name } });
}
