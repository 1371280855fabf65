import type { Row } from '@millrace/core';

import type { KeyedProjection, Versioned } from './aggregate-rows.ts';
import type { ListPosition } from './list-position.ts';
import { countRows, type ListSelection, type NewestPage, newestRows } from './newest-rows.ts';
import type { Queryable } from './queryable.ts';

/** Which rows: of this status, of this name, created in this time. */
export type StatusFilter<Status extends string> = Omit<ListSelection, 'tenantId' | 'where'> & {
  readonly status?: Status | undefined;
  readonly name?: string | undefined;
};

/** How rows that have a status and a name are listed and counted. The table must hold what the projection makes. */
export function statusList<R extends Row & { readonly status: string }>(projection: KeyedProjection) {
  type Selection = StatusFilter<R['status']> & { readonly tenantId: string };
  return {
    /** Those of a tenant, newest first. */
    read: async (database: Queryable, { status, name, ...page }: Selection & Omit<NewestPage, 'where'>) =>
      (await newestRows(database, projection, { ...page, where: { status, name } })) as Versioned<R>[],
    /** How many there are from `first` on. */
    count: (database: Queryable, { status, name, ...selection }: Selection & { readonly first: ListPosition }) =>
      countRows(database, projection, { ...selection, where: { status, name } }),
  };
}
