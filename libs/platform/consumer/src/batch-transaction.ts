/**
 * One batch of one partition is one transaction:
 *
 *     lock the position ─▶ load ledger and rows ─▶ fold in memory ─▶ write rows, versions, parked events ─▶ move the position
 *
 * Whether one event or a thousand: the number of statements is the same.
 */
import type { EventCatalogue } from '@millrace/core';
import type { Database } from '@millrace/postgres';

import { BatchFold } from './batch-fold.ts';
import type { Effect } from './effect.ts';
import { endedReadings } from './epoch-guard.ts';
import { EventsFailed, type ParkedEvent, writeParked } from './parking.ts';
import { type GroupPartition, lockPosition, type Moved, movePosition, type RecordMark } from './position.ts';
import type { Reading } from './record-reader.ts';

/** Records of one partition, read, and where they lead. */
export type ReadBatch = {
  readonly at: GroupPartition;
  /** Position that this member loaded; `undefined` before the first batch. */
  readonly from: number | undefined;
  readonly nextOffset: number;
  readonly readings: readonly Reading[];
  /** The last record before `nextOffset`, also one that is not for the group. */
  readonly last?: RecordMark | undefined;
};

/** How many records of a batch came to which end. */
export type BatchCounts = {
  /** Changed something, or were ignored by the projection's own word. */
  readonly applied: number;
  /** Known already. */
  readonly repeated: number;
  /** Of a type that this process does not know. */
  readonly unknown: number;
  /** Read from the event store, because the topic had not brought them. */
  readonly repaired: number;
  /** Of a timeline that a restore has ended: passed. */
  readonly ended: number;
};

/** What became of a batch: how many of each, the parked ones themselves, and when the position was moved. */
export type BatchResult = BatchCounts & { readonly parked: readonly ParkedEvent[]; readonly moved: Moved };

/** What a batch works with. */
export type BatchParts = {
  readonly database: Database;
  readonly effect: Effect;
  readonly catalogue: EventCatalogue;
  /** What is parked is not announced as dead letters: for a rebuild, of which nobody shall be told. */
  readonly silent?: boolean;
};

/** The how manieth try of a batch it is. */
export type Attempt = {
  readonly number: number;
  /** What fails is parked. Before the last attempt nothing is: EventsFailed undoes the batch instead. */
  readonly last: boolean;
  /** Error because of which every event of the batch is parked instead of applied. */
  readonly poison?: unknown;
};

const ONLY_ATTEMPT: Attempt = { number: 1, last: true };

/**
 * Applies a batch, or nothing of it.
 * @throws MillraceError `POSITION_FENCED`, `STORE_UNAVAILABLE`, `PARKING_FAILED`; pg's DatabaseError; EventsFailed
 * before the last attempt
 */
export async function applyBatch(
  parts: BatchParts,
  batch: ReadBatch,
  attempt: Attempt = ONLY_ATTEMPT,
): Promise<BatchResult> {
  const { at, readings, nextOffset } = batch;
  return parts.database.transaction(async (transaction) => {
    const epoch = await lockPosition(transaction, at, batch.from);
    const ended = await endedReadings(transaction, { topic: at.topic, readings, epoch });
    const fold = await BatchFold.begin(parts, transaction, { at, readings, attempt });
    for (const reading of readings) if (!ended.has(reading)) await fold.take(reading);
    const { parked } = fold;
    const failed = parked.filter(({ failure }) => failure === 'event');
    if (failed.length > 0 && !attempt.last) throw new EventsFailed(failed);
    await fold.write();
    await writeParked(transaction, at, { events: parked, announced: !parts.silent });
    const lastEvent = readings.findLast(({ kind }) => kind !== 'poison');
    const lsn = await movePosition(transaction, { ...at, nextOffset, last: batch.last }, lastEvent?.envelope);
    return { ...fold.counts, ended: ended.size, parked, moved: { lsn, epoch } };
  });
}
