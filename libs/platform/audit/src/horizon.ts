/**
 * How far everything must have arrived. Young events are no holes, neither are those that a relay has still to bring, or
 * that the auditor has still to read. What has gone by is told by a canary:
 *
 *     canary written ── every transaction below its `horizon` had ended
 *     canary arrived ── all their rows are on the topics, if ever
 *     the ends of the topics are taken, the auditor's positions reach them ── it has read them all
 *
 * From then on, what it has not seen of these transactions is missing.
 */
import { loadPositions } from '@millrace/consumer';
import { type PartitionRange, partitionRanges, type TopicPartition } from '@millrace/kafka';
import type { Database } from '@millrace/postgres';

import { AUDITOR_GROUP } from './audited-topic.ts';

/** What lies behind it is complete on the topics, or never will be. */
export type Horizon = {
  /** Counts how often what was seen has been forgotten: conclusions from before are void afterwards. */
  readonly generation: number;
  /** Transactions of the store below this one. */
  readonly transactionId: string;
  /** Rows of the outbox up to this one. */
  readonly outboxSeq: number;
  /** Ends of the partitions before which all of it is. */
  readonly ends: readonly PartitionRange[];
};

/** What the horizon is taken from. */
export type HorizonParts = {
  readonly database: Database;
  readonly brokers: readonly string[];
  readonly topics: readonly string[];
  /** Without canaries only age and the auditor's own lag count: a relay that stands still then looks like holes. */
  readonly canaries: boolean;
};

type Mark = Pick<Horizon, 'transactionId' | 'outboxSeq'>;
type Passed = Mark & { readonly ends: readonly PartitionRange[] };

const NEWEST_CANARY = `select c.horizon::text as "transactionId",
    coalesce((select max(outbox_seq) from audit.canaries p where p.ceiling <= c.horizon), 0) as "outboxSeq"
  from audit.canaries c where arrived_at is not null order by written_at desc limit 1`;
const PRESENT = `select pg_snapshot_xmin(pg_current_snapshot())::text as "transactionId",
    coalesce((select max(seq) from outbox.outbox_messages where created_at < clock_timestamp() - interval '60 seconds'), 0) as "outboxSeq"`;

/** Keeps the horizon. */
export class HorizonWatch {
  readonly #parts: HorizonParts;
  #pending: Passed | undefined;
  #confirmed: Passed | undefined;
  #generation: number | undefined;

  constructor(parts: HorizonParts) {
    this.#parts = parts;
  }

  /**
   * The horizon as it is now; `undefined` while nothing has arrived yet, or while the auditor reads a topic again.
   * Errors: MillraceError `STORE_UNAVAILABLE`, `KAFKA_UNAVAILABLE`
   */
  async refresh(): Promise<Horizon | undefined> {
    const { database, brokers, topics, canaries } = this.#parts;
    // First of all: whoever forgets what was seen after this moment makes the sweep of this horizon void.
    const generation = await generationOf(database);
    // Ends of a log that was replaced may never be reached.
    if (generation !== this.#generation) this.#pending = this.#confirmed = undefined;
    this.#generation = generation;
    // The mark before the ends: what it vouches for lies below them.
    const { rows } = await database.query<Mark>(canaries ? NEWEST_CANARY : PRESENT);
    const ends = await partitionRanges({ brokers }, topics);
    if (rows[0] && !this.#pending && isAfter(rows[0], this.#confirmed)) this.#pending = { ...rows[0], ends };
    const positions = await loadPositions(database, AUDITOR_GROUP);
    if (this.#pending && hasPassed(positions, this.#pending.ends)) {
      this.#confirmed = this.#pending;
      this.#pending = undefined;
    }
    if (!this.#confirmed || !hasPassed(positions, this.#confirmed.ends)) return undefined;
    return { ...this.#confirmed, generation };
  }
}

async function generationOf(database: Database): Promise<number> {
  const { rows } = await database.query<{ generation: number }>(
    `select generation from audit.sweeps where sweep = 'store'`,
  );
  return rows[0]?.generation ?? 0;
}

function isAfter(mark: Mark, before: Mark | undefined): boolean {
  return before === undefined || BigInt(mark.transactionId) > BigInt(before.transactionId);
}

/** Whether a group has read up to the ends. A partition without records needs no position. */
export function hasPassed(
  positions: readonly (TopicPartition & { readonly nextOffset: number })[],
  ends: readonly PartitionRange[],
): boolean {
  const stored = new Map(positions.map(({ topic, partition, nextOffset }) => [`${topic}/${partition}`, nextOffset]));
  return ends.every(({ topic, partition, first, end }) => (stored.get(`${topic}/${partition}`) ?? first) >= end);
}
