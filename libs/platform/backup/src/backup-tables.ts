/** Which tables a backup holds, and what a restore does with each. */
import type { Transaction } from '@millrace/postgres';

import type { Column } from './row-codec.ts';

/**
 * What becomes of a table in a restore to a moment:
 *
 * - `events`: those up to the moment, from the whole chain.
 * - `log`: rows that are written once and never change what they say; from the newest backup, up to the moment.
 * - `process`: state that cannot be made from events, because something was sent on the way; from a backup before the moment.
 * - `setting`: compared, or added where it is absent.
 * - `read-model`: never restored. Events make it; the copy is for whoever reads the files.
 */
export type TablePart = 'events' | 'log' | 'process' | 'setting' | 'read-model';

/** A table of a backup. */
export type BackupTable = {
  readonly name: string;
  readonly part: TablePart;
  /** SQL: the order in which rows of the table, called `t`, are read, where it means something. */
  readonly order?: string;
  /** Whether each row belongs to a tenant. */
  readonly perTenant: boolean;
  /** Whether each row belongs to a consumer group. */
  readonly perGroup?: true;
};

export const EVENTS = 'event_store.events';
/** Order of the whole store, and so of commits. */
const STORE_ORDER = 't.transaction_id, t.global_position';

const tables: readonly BackupTable[] = [
  { name: EVENTS, part: 'events', order: STORE_ORDER, perTenant: true },
  { name: 'event_store.snapshots', part: 'log', perTenant: true },
  { name: 'event_store.idempotency_keys', part: 'log', perTenant: true },
  { name: 'command.pending_commands', part: 'log', order: 't.position', perTenant: true },
  { name: 'saga.instances', part: 'process', perTenant: true },
  { name: 'saga.correlation_keys', part: 'process', perTenant: true },
  { name: 'saga.remembered_events', part: 'process', perTenant: true },
  { name: 'saga.commands', part: 'process', order: 't.seq', perTenant: true },
  { name: 'consumer.positions', part: 'process', perTenant: false, perGroup: true },
  { name: 'consumer.aggregate_versions', part: 'process', perTenant: true, perGroup: true },
  { name: 'consumer.parked_events', part: 'process', perTenant: true, perGroup: true },
  { name: 'outbox.schema_ids', part: 'setting', perTenant: false },
];

/** Columns that a restored row gets anew: place in the order of the new database. */
export const PLACE_COLUMNS: ReadonlySet<string> = new Set(['transaction_id', 'global_position']);

/** The table of that name in every backup. */
export function backupTable(name: string): BackupTable {
  const found = tables.find((table) => table.name === name);
  return found ?? { name, part: 'read-model', perTenant: true };
}

/** Tables to back up, in the order in which rows may refer to each other. @param readModels whether read models too */
export async function tablesToBackUp(transaction: Transaction, readModels: boolean): Promise<BackupTable[]> {
  if (!readModels) return [...tables];
  const { rows } = await transaction.query<{ name: string; per_tenant: boolean }>(
    `select 'read_model.' || relname as name,
            exists (select from pg_attribute where attrelid = c.oid and attname = 'tenant_id') as per_tenant
       from pg_class c where relnamespace = 'read_model'::regnamespace and relkind in ('r', 'p') and not relispartition
      order by relname`,
  );
  return [
    ...tables,
    ...rows.map(({ name, per_tenant }) => ({ name, part: 'read-model' as const, perTenant: per_tenant })),
  ];
}

type ColumnRow = { name: string; type: string; not_null: boolean; identity: string };

/** Columns of a table as it is now. @param options.withIdentity also those that Postgres numbers itself */
export async function columnsOfTable(
  transaction: Transaction,
  table: string,
  { withIdentity }: { readonly withIdentity: boolean },
): Promise<Column[]> {
  const { rows } = await transaction.query<ColumnRow>(
    `select attname as name, atttypid::regtype::text as type, attnotnull as not_null, attidentity as identity
       from pg_attribute where attrelid = $1::regclass and attnum > 0 and not attisdropped and attgenerated = '' order by attnum`,
    [table],
  );
  return rows
    .filter(({ identity }) => withIdentity || identity === '')
    .map(({ name, type, not_null }) => ({ name, type, nullable: !not_null }));
}
