/**
 * What a group knows about aggregates beyond its own rows: the last version applied (`consumer.aggregate_versions`) and
 * which aggregates are parked (`consumer.parked_events`). Loaded once per batch, changed in memory, written once.
 */
import type { StreamId } from '@millrace/core';
import type { Transaction } from '@millrace/postgres';

import { aggregateKey } from './envelope.ts';

type Entry = StreamId & { version: number; parked: boolean; changed: boolean };

/** The entries of the aggregates of one batch. */
export class Ledger {
  readonly #group: string;
  readonly #entries: ReadonlyMap<string, Entry>;

  private constructor(group: string, entries: ReadonlyMap<string, Entry>) {
    this.#group = group;
    this.#entries = entries;
  }

  /** Loads the entries of `aggregates`. The caller holds the position, so nobody else changes them. */
  static async load(transaction: Transaction, group: string, aggregates: readonly StreamId[]): Promise<Ledger> {
    const entries = new Map(
      aggregates.map(({ tenantId, aggregateType, aggregateId }) => {
        const stream = { tenantId, aggregateType, aggregateId };
        return [aggregateKey(stream), { ...stream, version: 0, parked: false, changed: false }];
      }),
    );
    if (entries.size > 0) await readEntries(transaction, group, entries);
    return new Ledger(group, entries);
  }

  /** Last version recorded here; 0 where there is none. */
  versionOf(aggregate: StreamId): number {
    return this.#entryOf(aggregate).version;
  }

  setVersion(aggregate: StreamId, version: number): void {
    const entry = this.#entryOf(aggregate);
    entry.version = version;
    entry.changed = true;
  }

  isParked(aggregate: StreamId): boolean {
    return this.#entryOf(aggregate).parked;
  }

  park(aggregate: StreamId): void {
    this.#entryOf(aggregate).parked = true;
  }

  /** For a retry: the caller takes the parked events of the aggregate itself, the oldest first. */
  unpark(aggregate: StreamId): void {
    this.#entryOf(aggregate).parked = false;
  }

  /** Writes the versions that changed, in one statement; none, if none did. */
  async write(transaction: Transaction): Promise<void> {
    const versions = [...this.#entries.values()].filter(({ changed }) => changed).map(columnsOf);
    if (versions.length === 0) return;
    await transaction.query({
      name: 'save ledger',
      text: `insert into consumer.aggregate_versions as v (consumer_group, tenant_id, aggregate_type, aggregate_id, version)
       select $1, tenant_id, aggregate_type, aggregate_id, version
       from jsonb_to_recordset($2) as x (tenant_id text, aggregate_type text, aggregate_id text, version bigint)
       on conflict (consumer_group, tenant_id, aggregate_type, aggregate_id)
       do update set version = excluded.version where v.version < excluded.version`,
      values: [this.#group, JSON.stringify(versions)],
    });
  }

  #entryOf(aggregate: StreamId): Entry {
    const entry = this.#entries.get(aggregateKey(aggregate));
    if (!entry) throw new Error(`aggregate ${aggregateKey(aggregate)} was not loaded`);
    return entry;
  }
}

function columnsOf({ tenantId, aggregateType, aggregateId, version }: Entry) {
  return { tenant_id: tenantId, aggregate_type: aggregateType, aggregate_id: aggregateId, version };
}

type LedgerRow = { tenantId: string; aggregateType: string; aggregateId: string; version: number; parked: boolean };

// `offset 0`: one look-up of the primary key per aggregate, whatever the planner believes of a young table.
const LOAD_ENTRIES = `select w.tenant_id as "tenantId", w.aggregate_type as "aggregateType", w.aggregate_id as "aggregateId",
     coalesce(v.version, 0) as version, p.parked
   from jsonb_to_recordset($2) as w (tenant_id text, aggregate_type text, aggregate_id text)
   left join lateral (
     select version from consumer.aggregate_versions v where v.consumer_group = $1 and v.tenant_id = w.tenant_id
       and v.aggregate_type = w.aggregate_type and v.aggregate_id = w.aggregate_id offset 0
   ) v on true
   cross join lateral (
     select exists (
       select from consumer.parked_events e where e.consumer_group = $1 and e.tenant_id = w.tenant_id
         and e.aggregate_type = w.aggregate_type and e.aggregate_id = w.aggregate_id
     ) as parked
   ) p
   where v.version is not null or p.parked`;

async function readEntries(transaction: Transaction, group: string, entries: Map<string, Entry>): Promise<void> {
  const { rows } = await transaction.query<LedgerRow>({
    name: 'load ledger',
    text: LOAD_ENTRIES,
    values: [group, JSON.stringify([...entries.values()].map(columnsOf))],
  });
  for (const row of rows)
    Object.assign(entries.get(aggregateKey(row)) ?? {}, { version: row.version, parked: row.parked });
}
