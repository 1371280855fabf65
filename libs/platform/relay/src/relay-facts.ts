import { isMillraceError } from '@millrace/core';
import type { Database } from '@millrace/postgres';

import type { ConnectClient, ConnectorState } from './connect-client.ts';
import { isUnknown, type NewestEvent, newestEvent } from './newest-event.ts';
import { findPoisonRows, type PoisonRow } from './poison-row.ts';
import { isPublicationWhole } from './publication.ts';
import { readHold, type RelayHold, unrecoveredRestore } from './relay-hold.ts';
import type { RelayTopics } from './relay-topics.ts';
import { lsnNumber, readSlot, type SlotState } from './slot.ts';

/** What one look at the relay found. */
export type RelayFacts = {
  readonly connector: ConnectorState | 'unreachable';
  readonly slot: SlotState;
  readonly hold: RelayHold | undefined;
  /** When a backup was put back that no recovery has followed. */
  readonly restoredAt: string | undefined;
  /** An event that was in the store at an earlier look and that the database of now has never had. */
  readonly vanished: NewestEvent | undefined;
  /** Where the WAL of the database ends. */
  readonly walLsn: number;
  /** Up to where Connect has read; absent when it has forgotten, unknown when it was not asked. */
  readonly storedLsn: number | 'absent' | 'unknown';
  /** Whether Debezium reads all of the retained outbox, as it does for a new slot. */
  readonly rereads: boolean;
  /** Whether the slot has moved although nobody read it: somebody has advanced it, or made another of its name. */
  readonly advanced: boolean;
  /** Whether Postgres streams the inserts of all tables of the outbox. */
  readonly isPublished: boolean;
  /** For how long nobody has read the slot. */
  readonly unreadMs: number;
  /** For how long the slot has not been confirmed further, although there was something to confirm. */
  readonly behindMs: number;
  readonly missingTopics: readonly string[];
  /** Rows that cannot be sent; looked for only while the relay stands still. */
  readonly poison: readonly PoisonRow[];
  /** Topics whose sign of life has not arrived in time, with its age in seconds. */
  readonly lateCanaries: readonly { readonly topic: string; readonly ageSeconds: number }[];
};

/** After this time without progress, a reason is looked for in the rows. */
export const STANDSTILL_MS = 20_000;

// A task that Kafka has refused a record lets go of the slot, and says RUNNING for half a minute more.
const UNREAD_SUSPICIOUS_MS = 15_000;

// The heartbeat confirms every 3 s, and asking Connect reads its offsets topic.
const LOOKS_PER_OFFSET = 5;

/** Collects the facts; remembers since when the slot stands still, and where, and the newest event of the store. */
export class RelayObserver {
  readonly #database: Database;
  readonly #connect: ConnectClient;
  readonly #topics: RelayTopics | undefined;
  #looks = 0;
  #readAt = performance.now();
  #confirmed = { lsn: '', at: performance.now() };
  /** Where the slot stood when it was first seen with nobody to read it. */
  #abandonedAt: number | undefined;
  #newest: NewestEvent | undefined;

  constructor(options: { database: Database; connect: ConnectClient; topics?: RelayTopics | undefined }) {
    this.#database = options.database;
    this.#connect = options.connect;
    this.#topics = options.topics;
  }

  /** @throws MillraceError `STORE_UNAVAILABLE` when Postgres cannot be asked */
  async look(): Promise<RelayFacts> {
    const [connector, slot, hold, restoredAt, isPublished, topics] = await Promise.all([
      this.#ask((connect) => connect.state()),
      readSlot(this.#database),
      readHold(this.#database),
      unrecoveredRestore(this.#database),
      isPublicationWhole(this.#database),
      this.#topics?.look(),
    ]);
    // In this order: what Connect has read was in the WAL when the end of the WAL is asked for.
    const storedLsn = await this.#storedLsn(connector, slot);
    const { walLsn, rereads } = await this.#activity();
    const still = this.#standstill(slot, walLsn);
    const stuck = still.behindMs > STANDSTILL_MS || still.unreadMs > UNREAD_SUSPICIOUS_MS || hasFailed(connector);
    return {
      ...{ connector, slot, hold, restoredAt, walLsn, storedLsn, rereads, isPublished, ...still },
      advanced: this.#isAdvanced(slot, hold),
      vanished: await this.#vanished(hold),
      missingTopics: topics?.missing ?? [],
      poison: stuck && topics ? await findPoisonRows(this.#database, topics.existing) : [],
      lateCanaries: await lateCanaries(this.#database),
    };
  }

  async #ask<T>(question: (connect: ConnectClient) => Promise<T>): Promise<T | 'unreachable'> {
    try {
      return await question(this.#connect);
    } catch (error) {
      if (isMillraceError(error, 'CONNECT_UNAVAILABLE')) return 'unreachable';
      throw error;
    }
  }

  /** Asked when something may have happened to the database, and now and then. */
  async #storedLsn(connector: ConnectorState | 'unreachable', slot: SlotState): Promise<RelayFacts['storedLsn']> {
    if (connector === 'unreachable' || connector.connector === 'absent') return 'unknown';
    const isQuiet = slot.exists && slot.active && this.#looks % LOOKS_PER_OFFSET !== 0;
    this.#looks += 1;
    if (isQuiet) return 'unknown';
    const lsn = await this.#ask((connect) => connect.storedLsn());
    return lsn === 'unreachable' ? 'unknown' : (lsn ?? 'absent');
  }

  #standstill(slot: SlotState, walLsn: number): Pick<RelayFacts, 'unreadMs' | 'behindMs'> {
    const now = performance.now();
    const isRead = slot.exists && slot.active;
    if (isRead) this.#readAt = now;
    const lsn = slot.exists ? slot.confirmedLsn : '';
    if (!isRead || lsn !== this.#confirmed.lsn || lsnNumber(lsn) >= walLsn) this.#confirmed = { lsn, at: now };
    return { unreadMs: now - this.#readAt, behindMs: now - this.#confirmed.at };
  }

  /** Only a reader that has sent rows may confirm them. Under a hold it is us who make another slot. */
  #isAdvanced(slot: SlotState, hold: RelayHold | undefined): boolean {
    if (hold || !slot.exists || slot.active) {
      this.#abandonedAt = undefined;
      return false;
    }
    const lsn = lsnNumber(slot.confirmedLsn);
    this.#abandonedAt ??= lsn;
    return lsn > this.#abandonedAt;
  }

  /**
   * A database that was put back soon has more WAL than before: every group writes again what it reads again. What it
   * has not is the newest event. Told until the relay is held, then forgotten.
   */
  async #vanished(hold: RelayHold | undefined): Promise<NewestEvent | undefined> {
    if (!hold && this.#newest && (await isUnknown(this.#database, this.#newest))) return this.#newest;
    this.#newest = await newestEvent(this.#database);
    return undefined;
  }

  async #activity(): Promise<{ walLsn: number; rereads: boolean }> {
    const { rows } = await this.#database.query<{ lsn: string; rereads: boolean }>(
      `select pg_current_wal_insert_lsn()::text as lsn, exists (select from pg_stat_activity
         where usename = 'millrace_cdc' and datname = current_database() and xact_start is not null
           and query ilike 'select%from%outbox_messages%order by seq%') as rereads`,
    );
    return { walLsn: lsnNumber(rows[0]?.lsn ?? '0/0'), rereads: rows[0]?.rereads ?? false };
  }
}

/** Whether Connect itself says so. */
export function hasFailed(connector: ConnectorState | 'unreachable'): boolean {
  return connector !== 'unreachable' && (connector.connector === 'FAILED' || connector.task === 'FAILED');
}

const CANARY_LATE_SECONDS = 45;

/**
 * Canaries on their way for too long. A topic whose canaries are not written any more says nothing about the relay:
 * then the auditor is down, or they are switched off.
 */
async function lateCanaries(database: Database): Promise<RelayFacts['lateCanaries']> {
  const { rows } = await database.query<{ topic: string; ageSeconds: number }>(
    `select topic, extract(epoch from clock_timestamp() - min(written_at) filter (where arrived_at is null and written_at > arrived))::float8 as "ageSeconds"
       from (select *, coalesce(max(written_at) filter (where arrived_at is not null) over (partition by topic), '-infinity') as arrived
               from audit.canaries where written_at > clock_timestamp() - interval '1 hour') as canary
      group by topic
     having max(written_at) > clock_timestamp() - interval '2 minutes'
        and min(written_at) filter (where arrived_at is null and written_at > arrived) < clock_timestamp() - make_interval(secs => $1)
      order by topic`,
    [CANARY_LATE_SECONDS],
  );
  return rows;
}
