/**
 * A backup of the event store and of all that events cannot bring back, from one snapshot of Postgres:
 *
 *     snapshot ─▶ one file per table ─▶ manifest ─▶ directory gets its name
 *
 * An increment holds the events that the snapshot of the backup before did not show. That is more exact than a position:
 * a transaction that was slow then is in it, whatever its number. All other tables are in every backup whole.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { MillraceError } from '@millrace/core';
import type { Database, Transaction } from '@millrace/postgres';

import { beginBackup, finishBackup, listBackups, newestOf, type StoredBackup } from './backup-folder.ts';
import { type BackupTable, columnsOfTable, EVENTS, tablesToBackUp } from './backup-tables.ts';
import { ofPostgres } from './instant.ts';
import {
  type BackupFile,
  type Manifest,
  sealed,
  type StoreIdentity,
  type StorePoint,
  WHOLE_STORE,
} from './manifest.ts';
import type { Column } from './row-codec.ts';
import { NO_HEADS, StreamHeads } from './stream-heads.ts';
import { type TablePages, writeTableFile } from './table-file.ts';

/** What to back up, and where. */
export type BackupRequest = {
  /** With role millrace_backup or the owner. One statement may have to sort all events: its timeout must be generous. */
  readonly database: Database;
  readonly folder: string;
  /** Only this tenant; the whole store without. */
  readonly tenant?: string | undefined;
  /** Only events after the newest backup of the same scope. Without one, or after a restore, it becomes a full one. */
  readonly incremental?: boolean | undefined;
  /** Also the tables of read models. */
  readonly readModels?: boolean | undefined;
  /** Groups whose effect a rebuild makes anew: their positions and ledgers are left out. */
  readonly rebuiltGroups: readonly string[];
};

type Snapshot = { readonly taken_at: string; readonly snapshot: string } & StoreIdentity;

const PAGE_ROWS = 2_000;
const BEGINNING = { events: {}, streams: 0, headsDigest: NO_HEADS };

/**
 * Makes a backup. Commands go on meanwhile.
 * @throws MillraceError `CORRUPT_STREAM` when the store itself has a gap, `STORE_UNAVAILABLE`; errors of the file system.
 *   Nothing stays in the folder then.
 */
export async function createBackup(request: BackupRequest): Promise<StoredBackup> {
  const { database, folder, tenant = WHOLE_STORE, incremental = false } = request;
  const startedAt = performance.now();
  await mkdir(folder, { recursive: true });
  const newest = incremental ? newestOf(await listBackups(folder), tenant)?.manifest : undefined;
  const id = backupId(new Date());
  const directory = await beginBackup(folder, id);
  try {
    const content = await database.transaction(async (transaction) => {
      await transaction.query('set transaction isolation level repeatable read, read only');
      const snapshot = await readSnapshot(transaction);
      const previous = newest && sameStore(newest.store, snapshot) ? newest : undefined;
      return new BackupWriter(request, { transaction, directory, snapshot, previous }).write();
    });
    const seconds = (performance.now() - startedAt) / 1_000;
    return await finishBackup(directory, sealed({ format: 1, id, ...content, encrypted: false, seconds }));
  } catch (error) {
    await rm(directory, { recursive: true, force: true });
    throw error;
  }
}

/** Sorts by time, and tells two of one millisecond apart. */
function backupId(now: Date): string {
  return `${now.toISOString().replaceAll(/[-:.]/g, '')}-${randomBytes(3).toString('hex')}`;
}

async function readSnapshot(transaction: Transaction): Promise<Snapshot> {
  // The text of every value is kept: no setting of the server may change how it is printed.
  await transaction.query(
    `set local datestyle = 'ISO, YMD'; set local bytea_output = 'hex'; set local timezone = 'UTC'`,
  );
  const { rows } = await transaction.query<Snapshot>(
    `select pg_current_snapshot()::text as snapshot, clock_timestamp() as taken_at, epoch,
            (select system_identifier::text from pg_control_system()) as system,
            (select oid::text from pg_database where datname = current_database()) as database
       from event_store.epoch`,
  );
  if (!rows[0]) throw new MillraceError('PREFLIGHT_FAILED', 'the store has no epoch: run `npx millrace deploy`');
  return rows[0];
}

function sameStore(one: StoreIdentity, other: StoreIdentity): boolean {
  return one.system === other.system && one.database === other.database && one.epoch === other.epoch;
}

type Sources = {
  readonly transaction: Transaction;
  readonly directory: string;
  readonly snapshot: Snapshot;
  readonly previous: Manifest | undefined;
};

/** Writes the files of one backup. */
class BackupWriter {
  readonly #request: BackupRequest;
  readonly #sources: Sources;
  readonly #heads: StreamHeads;
  #last: { transactionId: string; globalPosition: string } | null;
  #newestOccurredAt: string | null;

  constructor(request: BackupRequest, sources: Sources) {
    this.#request = request;
    this.#sources = sources;
    this.#heads = new StreamHeads({ startAnywhere: sources.previous !== undefined });
    this.#last = sources.previous?.point.cursor ?? null;
    this.#newestOccurredAt = sources.previous?.point.newestOccurredAt ?? null;
  }

  async write(): Promise<Pick<Manifest, 'kind' | 'scope' | 'previous' | 'store' | 'point' | 'files'>> {
    const { transaction, snapshot, previous } = this.#sources;
    const files: BackupFile[] = [];
    for (const table of await tablesToBackUp(transaction, this.#request.readModels ?? false)) {
      // A row of no tenant belongs to the whole store.
      if (this.#request.tenant === undefined || table.perTenant) files.push(await this.#writeTable(table));
    }
    const { system, database, epoch } = snapshot;
    return {
      kind: previous ? 'incremental' : 'full',
      scope: this.#request.tenant ?? WHOLE_STORE,
      previous: previous ? { id: previous.id, hash: previous.hash } : null,
      store: { system, database, epoch },
      point: this.#point(previous?.point ?? BEGINNING),
      files,
    };
  }

  #point(before: Pick<StorePoint, 'events' | 'streams' | 'headsDigest'>): StorePoint {
    const { taken_at: takenAt, snapshot } = this.#sources.snapshot;
    return {
      takenAt,
      snapshot,
      cursor: this.#last,
      newestOccurredAt: this.#newestOccurredAt,
      events: this.#heads.countsAfter(before.events),
      streams: before.streams + this.#heads.begun,
      headsDigest: this.#heads.digestAfter(before.headsDigest),
    };
  }

  async #writeTable(table: BackupTable): Promise<BackupFile> {
    const { transaction, directory } = this.#sources;
    const columns = await columnsOfTable(transaction, table.name, { withIdentity: true });
    const name = `${table.name}.avro`;
    const pages = this.#pages(table, columns);
    return {
      name,
      table: table.name,
      ...(await writeTableFile(join(directory, name), { table: table.name, columns, pages })),
    };
  }

  async *#pages(table: BackupTable, columns: readonly Column[]): TablePages['pages'] {
    const { transaction } = this.#sources;
    const { text, values } = this.#select(table, columns);
    await transaction.query(`declare backup_rows no scroll cursor for ${text}`, values);
    const fetch = { text: `fetch ${PAGE_ROWS} from backup_rows`, rowMode: 'array' as const };
    for (;;) {
      const { rows } = await transaction.query<(string | null)[]>(fetch);
      if (rows.length === 0) break;
      if (table.name === EVENTS) this.#passEvents(rows, columns);
      yield rows;
    }
    await transaction.query('close backup_rows');
  }

  #select({ name, order, perTenant, perGroup }: BackupTable, columns: readonly Column[]) {
    const { previous } = this.#sources;
    const values: unknown[] = [];
    const conditions: string[] = [];
    const add = (sql: (parameter: string) => string, value: unknown): void => {
      values.push(value);
      conditions.push(sql(`$${values.length}`));
    };
    if (perTenant && this.#request.tenant !== undefined) add((one) => `tenant_id = ${one}`, this.#request.tenant);
    if (perGroup) add((all) => `not consumer_group = any(${all}::text[])`, this.#request.rebuiltGroups);
    if (name === EVENTS && previous) {
      const { snapshot } = previous.point;
      // The first condition finds the rows by the index; the second is the exact one.
      add((xmin) => `transaction_id >= ${xmin}::xid8`, snapshot.slice(0, snapshot.indexOf(':')));
      add((shown) => `not pg_visible_in_snapshot(transaction_id, ${shown}::pg_snapshot)`, snapshot);
    }
    const where = conditions.length > 0 ? ` where ${conditions.join(' and ')}` : '';
    const chosen = columns.map((column) => `t."${column.name}"::text`).join(', ');
    return { text: `select ${chosen} from ${name} t${where}${order ? ` order by ${order}` : ''}`, values };
  }

  #passEvents(rows: readonly (readonly (string | null)[])[], columns: readonly Column[]): void {
    for (const values of rows) {
      const event = Object.fromEntries(columns.map(({ name }, index) => [name, values[index] ?? null]));
      this.#heads.take(event);
      const occurredAt = ofPostgres(event['occurred_at'] ?? '');
      if (this.#newestOccurredAt === null || occurredAt > this.#newestOccurredAt) this.#newestOccurredAt = occurredAt;
      this.#last = { transactionId: event['transaction_id'] ?? '', globalPosition: event['global_position'] ?? '' };
    }
  }
}
