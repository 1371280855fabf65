/**
 * One batch of one partition is one transaction:
 *
 *     lock the position ─▶ load ledger and rows ─▶ fold in memory ─▶ write rows, versions, parked events ─▶ move the position
 *
 * Whether one event or a thousand: the number of statements is the same.
 */
import { type EventCatalogue, isMillraceError, type MillraceError, type RecordedEvent } from '@millrace/core';
import type { Database, Transaction } from '@millrace/postgres';

import type { BatchEffect, Effect } from './effect.ts';
import { missingEvents } from './gap-repair.ts';
import { Ledger } from './ledger.ts';
import { behindParked, eventGap, type ParkedEvent, writeParked } from './parking.ts';
import { type GroupPartition, lockPosition, movePosition } from './position.ts';
import type { Reading } from './record-reader.ts';

/** Records of one partition, read, and where they lead. */
export type ReadBatch = {
  readonly at: GroupPartition;
  /** Position that this member loaded; `undefined` before the first batch. */
  readonly from: number | undefined;
  readonly nextOffset: number;
  readonly readings: readonly Reading[];
};

/** What became of the records of a batch: how many of each, and the parked ones themselves. */
export type BatchResult = {
  /** Changed something, or were ignored by the projection's own word. */
  readonly applied: number;
  /** Known already. */
  readonly repeated: number;
  /** Of a type that this process does not know. */
  readonly unknown: number;
  /** Read from the event store, because the topic had not brought them. */
  readonly repaired: number;
  readonly parked: readonly ParkedEvent[];
};

/** What a batch works with. */
export type BatchParts = {
  readonly database: Database;
  readonly effect: Effect;
  readonly catalogue: EventCatalogue;
};

/**
 * Applies a batch, or nothing of it.
 * @param poison error because of which every event of the batch is parked instead of applied
 * @throws MillraceError `POSITION_FENCED`, `STORE_UNAVAILABLE`; pg's DatabaseError
 */
export async function applyBatch(parts: BatchParts, batch: ReadBatch, poison?: unknown): Promise<BatchResult> {
  return parts.database.transaction(async (transaction) => {
    await lockPosition(transaction, batch.at, batch.from);
    const fold = await BatchFold.begin(parts, transaction, batch);
    for (const reading of batch.readings) await fold.take(reading, poison);
    await fold.write(batch.at);
    const last = batch.readings.findLast(({ kind }) => kind !== 'poison');
    await movePosition(transaction, { ...batch.at, nextOffset: batch.nextOffset }, last?.envelope);
    return fold.result();
  });
}

/** The state of one batch while its events pass through it in order. */
class BatchFold {
  readonly #parts: BatchParts;
  readonly #transaction: Transaction;
  readonly #effect: BatchEffect;
  readonly #ledger: Ledger;
  readonly #parked: ParkedEvent[] = [];
  readonly #counts = { applied: 0, repeated: 0, unknown: 0, repaired: 0 };

  private constructor(
    { parts, transaction }: { parts: BatchParts; transaction: Transaction },
    effect: BatchEffect,
    ledger: Ledger,
  ) {
    this.#parts = parts;
    this.#transaction = transaction;
    this.#effect = effect;
    this.#ledger = ledger;
  }

  static async begin(parts: BatchParts, transaction: Transaction, { at, readings }: ReadBatch): Promise<BatchFold> {
    const effect = await parts.effect.begin(transaction);
    const ledger = await Ledger.load(
      transaction,
      at.group,
      readings.map(({ envelope }) => envelope),
    );
    await effect.load(readings.flatMap((reading) => (reading.kind === 'poison' ? [] : [reading.event])));
    return new BatchFold({ parts, transaction }, effect, ledger);
  }

  async take(reading: Reading, poison: unknown): Promise<void> {
    if (reading.kind !== 'poison' && reading.event.sequenceNumber <= this.#versionOf(reading.event)) {
      this.#counts.repeated += 1;
      return undefined;
    }
    if (this.#ledger.isParked(reading.envelope)) return this.#park(reading, behindParked());
    if (reading.kind === 'poison') return this.#park(reading, reading.error);
    if (poison !== undefined) return this.#park(reading, poison);
    const problem = (await this.#closeGap(reading.event)) ?? this.#apply(reading.event);
    if (problem !== undefined) return this.#park(reading, problem);
    this.#counts[reading.kind === 'unknown' ? 'unknown' : 'applied'] += 1;
  }

  async write(at: GroupPartition): Promise<void> {
    await this.#effect.write();
    await this.#ledger.write(this.#transaction);
    await writeParked(this.#transaction, at, this.#parked);
  }

  result(): BatchResult {
    return { ...this.#counts, parked: this.#parked };
  }

  #versionOf(event: RecordedEvent): number {
    return Math.max(this.#effect.versionOf(event) ?? 0, this.#ledger.versionOf(event));
  }

  /** Applies what is missing before the event. @returns why it is still missing */
  async #closeGap(event: RecordedEvent): Promise<unknown> {
    const after = this.#versionOf(event);
    if (event.sequenceNumber === after + 1) return undefined;
    const missing = await this.#missing(event, after);
    if (!Array.isArray(missing)) return missing;
    await this.#effect.load(missing);
    for (const earlier of missing) {
      const problem = this.#apply(earlier);
      if (problem !== undefined) return problem;
      this.#counts.repaired += 1;
    }
    return undefined;
  }

  /** @returns the events between `after` and `event`, or why they cannot be had */
  async #missing(event: RecordedEvent, after: number): Promise<RecordedEvent[] | MillraceError> {
    try {
      const missing = await missingEvents(this.#transaction, this.#parts.catalogue, { event, after });
      return missing ?? eventGap(event, after);
    } catch (error) {
      if (isMillraceError(error, 'UNKNOWN_EVENT_TYPE')) return error;
      throw error;
    }
  }

  /** @returns why the event cannot be applied; nothing has changed then */
  #apply(event: RecordedEvent): unknown {
    try {
      if (this.#parts.catalogue.has(event.type)) this.#effect.apply(event);
      if (this.#versionOf(event) < event.sequenceNumber) this.#ledger.setVersion(event, event.sequenceNumber);
      return undefined;
    } catch (error) {
      return error ?? new Error('the handler threw nothing');
    }
  }

  #park(reading: Reading, error: unknown): void {
    this.#ledger.park(reading.envelope);
    this.#parked.push({ reading, error });
  }
}
