/**
 * What operators ask of a group while its process runs lies in tables. One statement each second reads it, and tells
 * whoever must act on it: so everything is obeyed within two.
 */
import { setTimeout as delay } from 'node:timers/promises';

import type { TopicPartition } from '@millrace/kafka';
import type { Database } from '@millrace/postgres';
import type { Logger } from '@millrace/telemetry';

/** What is asked of a group now. */
export type GroupControl = {
  /** It shall take no more batches for now. */
  readonly paused: boolean;
  /** The database was put back, and no recovery has made it fit to be read along with the topics. */
  readonly held: boolean;
  /** Partitions with parked events that are to be tried again. */
  readonly retries: readonly TopicPartition[];
};

/** Acts on what is asked. Called after each reading, one at a time; what it throws is logged, and it is asked again. */
export type ControlListener = (control: GroupControl) => Promise<void>;

/** What a control works with. */
export type GroupControlParts = {
  readonly group: string;
  readonly database: Database;
  readonly logger: Logger;
  /** Time between two readings. Default 1 s. */
  readonly intervalMs?: number;
};

const INTERVAL_MS = 1_000;

/** Reads what is asked of a group. Errors as `Database.query`. */
export async function readGroupControl(database: Database, group: string): Promise<GroupControl> {
  const { rows } = await database.query<GroupControl>(
    `select coalesce((select paused from consumer.groups where consumer_group = $1), false) as paused,
     exists (select from outbox.relay_hold where cause = 'store_went_back') as held,
     coalesce((
       select jsonb_agg(distinct jsonb_build_object('topic', topic, 'partition', partition))
       from consumer.parked_events where consumer_group = $1 and retry_requested_at is not null
     ), '[]') as retries`,
    [group],
  );
  return rows[0] ?? { paused: false, held: false, retries: [] };
}

/** Reads what is asked of a group until it is stopped, and tells its listeners. */
export class GroupControlPoll {
  readonly #parts: GroupControlParts;
  readonly #listeners: ControlListener[] = [];
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;

  constructor(parts: GroupControlParts) {
    this.#parts = parts;
  }

  /** Adds a listener; before `start`. */
  onControl(listener: ControlListener): void {
    this.#listeners.push(listener);
  }

  start(): void {
    this.#running ??= this.#poll();
  }

  /** Waits for the listener under way. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #poll(): Promise<void> {
    const { database, group, logger, intervalMs = INTERVAL_MS } = this.#parts;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        const control = await readGroupControl(database, group);
        await this.#tell(control);
      } catch (error) {
        logger.warn({ err: error, group }, 'what is asked of the group cannot be done now');
      }
      await delay(intervalMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  async #tell(control: GroupControl): Promise<void> {
    for (const listener of this.#listeners) if (!this.#stopping.signal.aborted) await listener(control);
  }
}
