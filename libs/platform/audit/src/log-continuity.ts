/**
 * Is the log still the one that was read? Asked whenever a partition is assigned:
 *
 *     nothing read yet ─────────────────────────────▶ read from the beginning
 *     the log ends before the position, or its first record lies behind it ──▶ cut
 *     the last record that was read is read once more:
 *         the same record ──▶ go on behind it
 *         another record  ──▶ the topic was made anew: cut
 *
 * A cut log is forgotten: what was seen of the topic, and every group's positions on it. All is read again, which
 * changes nothing that was applied, and the sweep of the store finds what the topic does not have any more.
 */
import { setTimeout as delay } from 'node:timers/promises';

import { partitionRanges, type TopicPartition } from '@millrace/kafka';
import type { Database, Transaction } from '@millrace/postgres';

import { writeFindings } from './findings.ts';

// A new leader may not know yet how far its followers are: for a moment its log looks shorter.
const SECOND_LOOK_MS = 2_000;

/**
 * Why the log is another one than the one that was read; `undefined` when its ends do not show it.
 * Errors: MillraceError `KAFKA_UNAVAILABLE`.
 */
export async function lookAtLog(
  brokers: readonly string[],
  at: TopicPartition,
  nextOffset: number,
): Promise<string | undefined> {
  if ((await lookOnce(brokers, at, nextOffset)) === undefined) return undefined;
  await delay(SECOND_LOOK_MS);
  return lookOnce(brokers, at, nextOffset);
}

async function lookOnce(
  brokers: readonly string[],
  { topic, partition }: TopicPartition,
  nextOffset: number,
): Promise<string | undefined> {
  const ranges = await partitionRanges({ brokers }, [topic]);
  const { first, end } = ranges.find((range) => range.partition === partition) ?? { first: 0, end: 0 };
  const behind = first > nextOffset ? 'and what lies between is gone' : undefined;
  const why = end < nextOffset ? 'and ends before that' : behind;
  return why && `partition ${partition} was read up to offset ${nextOffset}, it holds ${first} to ${end} ${why}`;
}

/**
 * Forgets a topic whose log is another one, so that all groups read it again, and says so. One transaction; members at
 * work on it are fenced. A second one that notices the same finds nothing left to forget.
 */
export async function forgetTopic(database: Database, topic: string, detail: string): Promise<void> {
  await database.transaction(async (transaction) => {
    // First: it waits for the batches under way, and keeps later ones out.
    await transaction.query('delete from consumer.positions where topic = $1', [topic]);
    await forgetSeen(transaction, [topic]);
    await writeFindings(transaction, [{ kind: 'log_cut', topic, detail }]);
  });
}

/**
 * Forgets what was seen on topics, and lets the sweeps begin again. For recovery, which makes
 * the groups read everything anew, call it for all topics (no argument).
 */
export async function forgetSeen(transaction: Transaction, topics?: readonly string[]): Promise<void> {
  await transaction.query('delete from audit.seen where $1::text[] is null or topic = any($1)', [topics ?? null]);
  // What was wrong with records concerned the log that is gone.
  await transaction.query(
    `update audit.findings set resolved_at = clock_timestamp()
      where resolved_at is null and kind in ('invention', 'out_of_order') and ($1::text[] is null or topic = any($1))`,
    [topics ?? null],
  );
  await transaction.query(
    `update audit.sweeps set generation = generation + 1, transaction_id = '0', global_position = 0, updated_at = clock_timestamp()
      where sweep in ('store', 'outbox')`,
  );
}
