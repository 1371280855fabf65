import { type ListPosition, NEWEST, type Queryable } from '@millrace/queries';

import type { TenantViewRow } from '../tenant-view.ts';

/** Where a tenant stands. */
export type TenantStatus = NonNullable<TenantViewRow['status']>;

/** A tenant that was created, so that nothing is missing. */
export type KnownTenant = TenantViewRow & {
  readonly name: string;
  readonly status: TenantStatus;
  readonly created_at: string;
};

/** One page of the list of tenants. */
export type TenantPage = {
  readonly statuses: readonly TenantStatus[];
  /** Tenants after this one; from the newest without. */
  readonly after?: ListPosition | undefined;
  readonly limit: number;
};

/** All tenants under the given statuses, newest first. Whoever may ask is an operator: the list knows no tenant of its own. */
export async function listTenants(
  database: Queryable,
  { statuses, after = NEWEST, limit }: TenantPage,
): Promise<KnownTenant[]> {
  const { rows } = await database.query<KnownTenant>({
    name: 'list tenants',
    text: `select * from read_model.tenant_view
            where version > 0 and status = any($1::text[]) and (created_at, tenant_id) < ($2::timestamptz, $3)
            order by created_at desc, tenant_id desc limit $4`,
    values: [statuses, after.createdAt, after.id, limit],
  });
  return rows;
}
