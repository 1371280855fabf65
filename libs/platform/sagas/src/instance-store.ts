/** SQL of schema `saga`: rows travel as JSON, so one statement takes any number of them. */
import type { RecordedEvent } from '@millrace/core';
import type { Transaction } from '@millrace/postgres';

import type { Announcement, InstanceId, SagaInstance, StoredInstance } from './saga-instance.ts';

/** A correlation key of a tenant. */
export type TenantKey = { readonly tenantId: string; readonly key: string };

/** An event kept for instances that start later. */
export type RememberedEvent = TenantKey & { readonly event: RecordedEvent };

/** When an instance is told that its time is up: milliseconds from now, null for never. */
export type Timeout = InstanceId & { readonly timeoutMs: number | null };

/** Writes public events in the transaction of their instances. */
export type Announcer = (transaction: Transaction, announcements: readonly Announcement[]) => Promise<void>;

// Concurrent transactions of several partitions may ask for the same key. Buckets cover keys that nobody has stored yet.
const LOCK_BUCKETS = 256;

const INSTANCE_COLUMNS = `i.tenant_id as "tenantId", i.instance_id as "instanceId", i.status, i.state, i.failure,
  i.correlation_id as "correlationId", i.last_event_id as "lastEventId", i.traceparent, i.announced`;

/** The stored instances of one saga. */
export class InstanceStore {
  readonly #saga: string;
  readonly #announce: Announcer;

  constructor(saga: string, announce: Announcer) {
    this.#saga = saga;
    this.#announce = announce;
  }

  /**
   * Holds keys, known or not, until the transaction ends: whoever remembers an event under a key and whoever starts an
   * instance under it go one after the other, so that the second sees what the first has done.
   */
  async lockKeys(transaction: Transaction, keys: readonly TenantKey[]): Promise<void> {
    if (keys.length === 0) return;
    const texts = keys.map(({ tenantId, key }) => JSON.stringify([tenantId, key]));
    await transaction.query(
      `select pg_advisory_xact_lock(hashtext($1), bucket)
       from (select distinct hashtext(key) & ${LOCK_BUCKETS - 1} as bucket from unnest($2::text[]) key order by 1) b`,
      [`saga ${this.#saga}`, texts],
    );
  }

  /** Which instances wait under the keys. */
  async instancesUnder(
    transaction: Transaction,
    keys: readonly TenantKey[],
  ): Promise<(TenantKey & { readonly instanceId: string })[]> {
    if (keys.length === 0) return [];
    const { rows } = await transaction.query<TenantKey & { instanceId: string }>({
      name: 'saga keys',
      text: `select w."tenantId", w.key, k.instance_id as "instanceId"
       from jsonb_to_recordset($2) w ("tenantId" text, key text)
       cross join lateral (select instance_id from saga.correlation_keys k
         where k.saga = $1 and k.tenant_id = w."tenantId" and k.key = w.key offset 0) k
       order by 1, 2, 3`,
      values: [this.#saga, JSON.stringify(keys)],
    });
    return rows;
  }

  /** Instances, those that exist, held until the transaction ends; in one order, so that no two wait for each other. */
  async load(transaction: Transaction, ids: readonly InstanceId[]): Promise<StoredInstance[]> {
    if (ids.length === 0) return [];
    const { rows } = await transaction.query<StoredInstance>({
      name: 'load saga instances',
      text: `select ${INSTANCE_COLUMNS} from saga.instances i
       where i.saga = $1 and (i.tenant_id, i.instance_id) in (
         select "tenantId", "instanceId" from jsonb_to_recordset($2) w ("tenantId" text, "instanceId" text))
       order by i.tenant_id, i.instance_id for update`,
      values: [this.#saga, JSON.stringify(ids)],
    });
    return rows;
  }

  /** An instance whose time is up, and when it was; nobody else gets it meanwhile. */
  async loadOverdue(transaction: Transaction): Promise<{ instance: StoredInstance; timeoutAt: string } | undefined> {
    const { rows } = await transaction.query<StoredInstance & { timeoutAt: string }>(
      `select ${INSTANCE_COLUMNS}, i.timeout_at as "timeoutAt" from saga.instances i
       where i.saga = $1 and i.timeout_at <= clock_timestamp()
       order by i.timeout_at limit 1 for update skip locked`,
      [this.#saga],
    );
    const [row] = rows;
    if (!row) return undefined;
    const { timeoutAt, ...instance } = row;
    return { instance, timeoutAt };
  }

  /** Sets timeouts: so long from now, or never. */
  async setTimeouts(transaction: Transaction, timeouts: readonly Timeout[]): Promise<void> {
    if (timeouts.length === 0) return;
    await transaction.query(
      `update saga.instances i set timeout_at = clock_timestamp() + x."timeoutMs" * interval '1 ms'
       from jsonb_to_recordset($2) x ("tenantId" text, "instanceId" text, "timeoutMs" double precision)
       where i.saga = $1 and i.tenant_id = x."tenantId" and i.instance_id = x."instanceId"`,
      [this.#saga, JSON.stringify(timeouts)],
    );
  }

  /** What was remembered under the keys, the earliest first. */
  async remembered(transaction: Transaction, keys: readonly TenantKey[]): Promise<RememberedEvent[]> {
    if (keys.length === 0) return [];
    const { rows } = await transaction.query<RememberedEvent>({
      name: 'load remembered events',
      text: `select w."tenantId", w.key, r.event from jsonb_to_recordset($2) w ("tenantId" text, key text)
       cross join lateral (select event, remembered_at, event_id from saga.remembered_events r
         where r.saga = $1 and r.tenant_id = w."tenantId" and r.key = w.key offset 0) r
       order by r.remembered_at, r.event_id`,
      values: [this.#saga, JSON.stringify(keys)],
    });
    return rows;
  }

  async remember(transaction: Transaction, remembered: readonly RememberedEvent[]): Promise<void> {
    if (remembered.length === 0) return;
    await transaction.query(
      `insert into saga.remembered_events (saga, tenant_id, key, event_id, event)
       select $1, "tenantId", key, event ->> 'eventId', event
       from jsonb_to_recordset($2) x ("tenantId" text, key text, event jsonb)
       on conflict do nothing`,
      [this.#saga, JSON.stringify(remembered)],
    );
  }

  /** Writes instances with their keys, commands and announcements. What was asked for once is not asked for again. */
  async save(transaction: Transaction, instances: readonly SagaInstance[]): Promise<void> {
    const changed = instances.filter((instance) => instance.changed);
    if (changed.length === 0) return;
    await this.#saveInstances(transaction, changed);
    await this.#saveKeys(transaction, changed);
    await this.#saveCommands(transaction, changed);
    await this.#announce(
      transaction,
      changed.flatMap(({ announcements }) => announcements),
    );
  }

  async #saveInstances(transaction: Transaction, changed: readonly SagaInstance[]): Promise<void> {
    await transaction.query(
      `insert into saga.instances (saga, tenant_id, instance_id, status, state, failure, correlation_id, last_event_id,
         traceparent, announced)
       select $1, "tenantId", "instanceId", status, state, failure, "correlationId", "lastEventId", traceparent, announced
       from jsonb_to_recordset($2) x ("tenantId" text, "instanceId" text, status text, state jsonb, failure text,
         "correlationId" text, "lastEventId" text, traceparent text, announced integer)
       on conflict (saga, tenant_id, instance_id) do update set status = excluded.status, state = excluded.state,
         failure = excluded.failure, last_event_id = excluded.last_event_id, traceparent = excluded.traceparent,
         announced = excluded.announced, updated_at = clock_timestamp()`,
      [this.#saga, JSON.stringify(changed.map(({ stored }) => stored))],
    );
    const timeouts = changed.flatMap(({ stored: { tenantId, instanceId }, timeoutMs }) =>
      timeoutMs === undefined ? [] : [{ tenantId, instanceId, timeoutMs }],
    );
    await this.setTimeouts(transaction, timeouts);
  }

  async #saveKeys(transaction: Transaction, changed: readonly SagaInstance[]): Promise<void> {
    const rows = changed.flatMap(({ keys, stored: { tenantId, instanceId } }) =>
      keys.map((key) => ({ tenantId, key, instanceId })),
    );
    if (rows.length === 0) return;
    await transaction.query(
      `insert into saga.correlation_keys (saga, tenant_id, key, instance_id)
       select $1, "tenantId", key, "instanceId"
       from jsonb_to_recordset($2) x ("tenantId" text, key text, "instanceId" text)
       on conflict do nothing`,
      [this.#saga, JSON.stringify(rows)],
    );
  }

  // In the order of the array: `seq` is the order in which an instance's commands are sent.
  async #saveCommands(transaction: Transaction, changed: readonly SagaInstance[]): Promise<void> {
    const rows = changed.flatMap(({ commands }) => commands);
    if (rows.length === 0) return;
    await transaction.query(
      `insert into saga.commands (id, saga, tenant_id, instance_id, cause, type, data, correlation_id, causation_id, traceparent)
       select id, $1, "tenantId", "instanceId", cause, type, data, "correlationId", "causationId", traceparent
       from rows from (jsonb_to_recordset($2) as ("id" uuid, "tenantId" text, "instanceId" text, cause text, type text,
         data jsonb, "correlationId" text, "causationId" text, traceparent text)) with ordinality as x
         (id, "tenantId", "instanceId", cause, type, data, "correlationId", "causationId", traceparent, place)
       order by place
       on conflict (id) do nothing`,
      [this.#saga, JSON.stringify(rows)],
    );
  }
}
