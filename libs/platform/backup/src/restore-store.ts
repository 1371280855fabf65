/**
 * Restores the whole store into a database that has nothing yet, in one transaction:
 *
 *     refuse what is not fresh ─▶ events ─▶ settings, logs ─▶ processes ─▶ cut back to the moment ─▶ note ─▶ commit
 *
 * Events get a new place in the order of the store, because the numbers of transactions begin again in a new server; the
 * order itself stays. Sagas and publishers get state and positions back as of a moment, so they go on after it.
 */
import type { Database, Transaction } from '@millrace/postgres';

import type { StoredBackup } from './backup-folder.ts';
import { EVENTS } from './backup-tables.ts';
import { cutLogs, cutSagas, cutToHeads } from './cut-back.ts';
import { eventsOfChain, storedUntil } from './event-stream.ts';
import { WHOLE_STORE } from './manifest.ts';
import { refused, type RestorePlan } from './restore-plan.ts';
import { insertRows, rowsOf } from './restore-rows.ts';

/** What a restore brought back. */
export type RestoreReport = {
  readonly backupId: string;
  readonly tenant: string;
  readonly until: string | undefined;
  readonly events: number;
  /** Rows of other tables. */
  readonly rows: number;
  /** Where the state of sagas comes from. */
  readonly stateTakenAt: string;
  readonly stateIsNewer: boolean;
  readonly seconds: number;
};

/** Must be empty: whatever runs on this database has begun something of its own. */
const MUST_BE_EMPTY = [
  EVENTS,
  'event_store.idempotency_keys',
  'command.pending_commands',
  'saga.instances',
  'consumer.positions',
  'consumer.aggregate_versions',
];
const LOG_TABLES = ['event_store.snapshots', 'event_store.idempotency_keys', 'command.pending_commands'];
const SAGA_TABLES = ['saga.instances', 'saga.correlation_keys', 'saga.remembered_events', 'saga.commands'];
const GROUP_TABLES = ['consumer.positions', 'consumer.aggregate_versions', 'consumer.parked_events'];

/**
 * Restores. Read models stay empty, and nothing may be streamed until `recover` has run.
 * @param database as the owner
 * @throws MillraceError `RESTORE_REFUSED`, `BACKUP_DAMAGED`; nothing has changed then
 */
export async function restoreStore(database: Database, plan: RestorePlan): Promise<RestoreReport> {
  const startedAt = performance.now();
  const counts = await database.transaction(async (transaction) => {
    await assertFresh(transaction);
    const events = await insertRows(transaction, {
      table: EVENTS,
      rows: storedUntil(eventsOfChain(plan.chain), plan.until),
    });
    await restoreSettings(transaction, plan.last);
    const rows = (await restoreLogs(transaction, plan)) + (await restoreProcesses(transaction, plan));
    if (plan.until !== undefined) await cutLogs(transaction, null, plan.until);
    if (plan.until !== undefined && plan.stateIsNewer) await cutSagas(transaction, null, plan.until);
    await cutToHeads(transaction, null);
    await noteRestore(transaction, plan, { tenant: WHOLE_STORE, events });
    return { events, rows };
  });
  return reportOf(plan, { tenant: WHOLE_STORE, ...counts, seconds: (performance.now() - startedAt) / 1_000 });
}

/** The report of a restore by plan. */
export function reportOf(
  { last, state, until, stateIsNewer }: RestorePlan,
  done: Pick<RestoreReport, 'tenant' | 'events' | 'rows' | 'seconds'>,
): RestoreReport {
  const { id } = last.manifest;
  return { backupId: id, until, stateTakenAt: state.manifest.point.takenAt, stateIsNewer, ...done };
}

/** Notes what was done, for `recover` and for later questions. */
export async function noteRestore(
  transaction: Transaction,
  { last, state, until }: RestorePlan,
  { tenant, events }: { readonly tenant: string; readonly events: number },
): Promise<void> {
  await transaction.query(
    `insert into backup.restores (backup_id, tenant_id, until, state_taken_at, events, recovered_at)
     values ($1, $2, $3, $4, $5, case when $2 = $6 then null else clock_timestamp() end)`,
    [last.manifest.id, tenant, until ?? null, state.manifest.point.takenAt, events, WHOLE_STORE],
  );
}

async function assertFresh(transaction: Transaction): Promise<void> {
  // Nobody may begin anything meanwhile.
  await transaction.query(`lock table ${MUST_BE_EMPTY.join(', ')} in share row exclusive mode`);
  const used: string[] = [];
  for (const table of MUST_BE_EMPTY) {
    const { rows } = await transaction.query<{ used: boolean }>(`select exists (select from ${table}) as used`);
    if (rows[0]?.used) used.push(table);
  }
  if (used.length > 0)
    throw refused(
      `the database is in use, there are rows in ${used.join(', ')}. Stop the apps, make a new database, deploy into it, restore`,
    );
}

/** Schema ids are in records already: another id would make them unreadable. */
async function restoreSettings(transaction: Transaction, from: StoredBackup): Promise<void> {
  await insertRows(transaction, {
    table: 'outbox.schema_ids',
    rows: rowsOf(from, 'outbox.schema_ids'),
    keepPresent: true,
  });
  const { rows: present } = await transaction.query<{ subject: string; event_version: number; schema_id: number }>(
    'select subject, event_version, schema_id from outbox.schema_ids',
  );
  const ids = new Map(present.map((row) => [`${row.subject} version ${row.event_version}`, String(row.schema_id)]));
  for await (const { subject, event_version, schema_id } of rowsOf(from, 'outbox.schema_ids')) {
    const name = `${subject} version ${event_version}`;
    if (ids.get(name) !== schema_id)
      throw refused(`${name} had schema id ${schema_id} and now has ${ids.get(name)}: restore the registry first`);
  }
  // The timeline that `recover` ends.
  await transaction.query('update event_store.epoch set epoch = greatest(epoch, $1)', [from.manifest.store.epoch]);
}

async function restoreLogs(transaction: Transaction, { last }: RestorePlan): Promise<number> {
  let rows = 0;
  for (const table of LOG_TABLES) rows += await insertRows(transaction, { table, rows: rowsOf(last, table) });
  return rows;
}

/**
 * Sagas as of the last backup before the moment: what came between is told to them again, and they ask for it under the
 * same keys. Publishers as of the first one after it, cut back to the events there are: nothing is published twice.
 */
async function restoreProcesses(transaction: Transaction, { last, state }: RestorePlan): Promise<number> {
  let rows = 0;
  for (const table of SAGA_TABLES) rows += await insertRows(transaction, { table, rows: rowsOf(state, table) });
  const sagas = await sagaGroups(last);
  const isSaga = (row: { readonly consumer_group?: string | null }): boolean => sagas.has(row.consumer_group ?? '');
  for (const table of GROUP_TABLES) {
    rows += await insertRows(transaction, { table, rows: rowsOf(state, table), wanted: isSaga });
    rows += await insertRows(transaction, { table, rows: rowsOf(last, table), wanted: (row) => !isSaga(row) });
  }
  return rows;
}

/** Groups that keep state beside their ledger. */
async function sagaGroups(backup: StoredBackup): Promise<Set<string>> {
  const found = new Set<string>();
  for (const table of ['saga.instances', 'saga.remembered_events'])
    for await (const { saga } of rowsOf(backup, table)) if (saga) found.add(saga);
  return found;
}
