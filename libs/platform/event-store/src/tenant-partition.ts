import type { Database } from '@millrace/postgres';

/** Where the events of a tenant lie, and how many came there just now. */
export type TenantPartition = { readonly partition: string; readonly moved: number };

/**
 * Gives a tenant a partition of its own, with all its events as they are; harmless to repeat. Appends of tenants without
 * one wait meanwhile.
 * @param database the owner's, with a statement timeout that lets a long stream be copied
 * @throws pg's DatabaseError 55P03 when a long reader is in the way: nothing has changed then, and later it may work
 */
export async function givePartition(database: Database, tenantId: string): Promise<TenantPartition> {
  const { rows } = await database.query<TenantPartition>(
    'select partition::text, moved from event_store.give_partition($1)',
    [tenantId],
  );
  return rows[0] as TenantPartition;
}
