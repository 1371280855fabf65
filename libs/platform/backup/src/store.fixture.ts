/** A store with events, sagas and ledgers on databases of their own, for specs. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type Database, openDatabase } from '@millrace/postgres';

import type { BackupRequest } from './create-backup.ts';

/** A database of the test harness. */
type Created = {
  readonly url: string;
  readonly roleUrls: { readonly backup: string };
  readonly drop: () => Promise<void>;
};

/** A database, its owner, and the role that makes backups. */
export class TestStore {
  readonly created: Created;
  readonly owner: Database;
  readonly backup: Database;

  constructor(created: Created) {
    this.created = created;
    this.owner = openDatabase({ url: created.url, poolSize: 4 });
    this.backup = openDatabase({ url: created.roleUrls.backup, poolSize: 2 });
  }

  async drop(): Promise<void> {
    await Promise.all([this.owner.close(), this.backup.close()]);
    await this.created.drop();
  }

  /** Appends events to a stream, in one transaction, as one command. */
  async append(tenant: string, id: string, { from = 1, count = 1 } = {}): Promise<void> {
    await this.owner.query(
      `insert into event_store.events (tenant_id, aggregate_type, aggregate_id, sequence_number, event_id, event_type, event_version,
         payload, correlation_id, causation_id, user_id, traceparent, occurred_at)
       select $1, 'order', $2, version, uuidv7(), 'OrderConfirmed', 1,
         jsonb_build_object('orderId', $2::text, 'z', version, 'a', 12345678901234567890.120), 'correlation', $5, 'alice',
         '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', clock_timestamp()
       from generate_series($3::bigint, $3::bigint + $4 - 1) version`,
      [tenant, id, from, count, randomUUID()],
    );
  }

  /** A saga that has been told of something and asked for something, with its ledger and position. */
  async runSaga(tenant: string, instance: string, commandStatus = 'done'): Promise<void> {
    await this.owner.query(
      `with i as (insert into saga.instances (saga, tenant_id, instance_id, status, state, correlation_id, last_event_id, traceparent, announced)
         values ('trip-saga', $1, $2, 'running', '{"step":1}', 'c', 'e', 't', 0)),
       k as (insert into saga.correlation_keys (saga, tenant_id, key, instance_id) select 'trip-saga', $1, 'order:' || $2, $2)
       select`,
      [tenant, instance],
    );
    await this.owner.query(
      `insert into saga.commands (id, saga, tenant_id, instance_id, cause, type, data, correlation_id, causation_id, traceparent, status, settled_at)
       values (gen_random_uuid(), 'trip-saga', $1, $2, 'e', 'ConfirmOrder', '{}', 'c', 'e', 't', $3, case when $3 = 'pending' then null else clock_timestamp() end)`,
      [tenant, instance, commandStatus],
    );
    await this.handled('trip-saga', [tenant, instance], 1);
  }

  /** A group has handled an order up to a version. */
  async handled(group: string, stream: readonly [tenant: string, id: string], version: number): Promise<void> {
    const [tenant, id] = stream;
    await this.owner.query(
      `insert into consumer.aggregate_versions values ($1, $2, 'order', $3, $4)
       on conflict (consumer_group, tenant_id, aggregate_type, aggregate_id) do update set version = excluded.version`,
      [group, tenant, id, version],
    );
    await this.owner.query(
      `insert into consumer.positions (consumer_group, topic, partition, next_offset) values ($1, 'orders.events.v1', 0, 1)
       on conflict (consumer_group, topic, partition) do update set next_offset = positions.next_offset + 1`,
      [group],
    );
  }

  /** The clock of the database. */
  async now(): Promise<string> {
    const { rows } = await this.owner.query<{ now: string }>('select clock_timestamp() as now');
    return rows[0]?.now ?? '';
  }

  /** Rows of a table as text, in the order of the store where it has one. */
  async rowsOf(table: string, { where = 'true', without = [] as readonly string[] } = {}): Promise<unknown[]> {
    const { rows } = await this.owner.query<{ row: Record<string, unknown> }>(
      `select to_jsonb(t) - $1::text[] as row from ${table} t where ${where} order by ${table === 'event_store.events' ? 'transaction_id, global_position' : 't::text'}`,
      [without],
    );
    return rows.map(({ row }) => row);
  }

  /** All events as they were stored, but for their place in the numbers of the server. */
  events(where = 'true'): Promise<unknown[]> {
    return this.rowsOf('event_store.events', { where, without: ['transaction_id', 'global_position'] });
  }

  /** Removes events, with the rights of the owner. */
  async lose(where: string): Promise<void> {
    await this.owner.transaction(async (transaction) => {
      await transaction.query('alter table event_store.events_default disable trigger events_append_only');
      await transaction.query(`delete from event_store.events_default where ${where}`);
      await transaction.query('alter table event_store.events_default enable trigger events_append_only');
    });
  }
}

/** A folder for backups. @returns it, how to ask for a backup of a store, and how to end */
export async function backupFolder() {
  const folder = await mkdtemp(join(tmpdir(), 'backups-'));
  return {
    folder,
    request: (store: TestStore, change: Partial<BackupRequest> = {}): BackupRequest => ({
      database: store.backup,
      folder,
      rebuiltGroups: ['order-projection'],
      ...change,
    }),
    remove: () => rm(folder, { recursive: true }),
  };
}
