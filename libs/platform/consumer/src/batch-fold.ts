import { type EventCatalogue, isMillraceError, type MillraceError, type RecordedEvent } from '@millrace/core';
import type { Transaction } from '@millrace/postgres';

import type { Attempt, BatchCounts } from './batch-transaction.ts';
import type { BatchEffect, Effect } from './effect.ts';
import { missingEvents } from './gap-repair.ts';
import { Ledger } from './ledger.ts';
import { behindParked, eventGap, type ParkedEvent, type ParkingCause } from './parking.ts';
import type { GroupPartition } from './position.ts';
import type { Reading } from './record-reader.ts';

/** What a fold works with. */
export type FoldParts = { readonly effect: Effect; readonly catalogue: EventCatalogue };

/** Records of one partition, and how they are tried. */
export type FoldInput = {
  readonly at: GroupPartition;
  readonly readings: readonly Reading[];
  readonly attempt: Attempt;
  /** They are parked events of one aggregate, the oldest first: they wait for nothing. */
  readonly unparks?: boolean;
};

/** The state of one transaction while its events pass through it in order. The caller holds the position. */
export class BatchFold {
  readonly #parts: FoldParts;
  readonly #transaction: Transaction;
  readonly #attempt: Attempt;
  readonly #effect: BatchEffect;
  readonly #ledger: Ledger;
  readonly #parked: ParkedEvent[] = [];
  readonly #counts = { applied: 0, repeated: 0, unknown: 0, repaired: 0 };

  private constructor(
    { parts, transaction, attempt }: { parts: FoldParts; transaction: Transaction; attempt: Attempt },
    effect: BatchEffect,
    ledger: Ledger,
  ) {
    this.#parts = parts;
    this.#transaction = transaction;
    this.#attempt = attempt;
    this.#effect = effect;
    this.#ledger = ledger;
  }

  /** Loads what the events will change. */
  static async begin(
    parts: FoldParts,
    transaction: Transaction,
    { at, readings, attempt, unparks }: FoldInput,
  ): Promise<BatchFold> {
    const effect = await parts.effect.begin(transaction);
    const envelopes = readings.map(({ envelope }) => envelope);
    const ledger = await Ledger.load(transaction, at.group, envelopes);
    if (unparks) for (const envelope of envelopes) ledger.unpark(envelope);
    await effect.load(readings.flatMap((reading) => (reading.kind === 'poison' ? [] : [reading.event])));
    return new BatchFold({ parts, transaction, attempt }, effect, ledger);
  }

  /** Events that could not be applied, in order, and those that wait behind them. */
  get parked(): readonly ParkedEvent[] {
    return this.#parked;
  }

  get counts(): Omit<BatchCounts, 'ended'> {
    return this.#counts;
  }

  /** Applies a record, or sets it aside. */
  async take(reading: Reading): Promise<void> {
    const { poison } = this.#attempt;
    if (this.#isKnown(reading)) {
      this.#counts.repeated += 1;
      return undefined;
    }
    if (this.#ledger.isParked(reading.envelope)) return this.#park(reading, behindParked(), 'order');
    if (reading.kind === 'poison') return this.#park(reading, reading.error, 'event');
    if (poison !== undefined) return this.#park(reading, poison, 'event');
    const problem = (await this.#closeGap(reading.event)) ?? this.#apply(reading.event);
    if (problem !== undefined) return this.#park(reading, problem, causeOf(problem));
    this.#counts[reading.kind === 'unknown' ? 'unknown' : 'applied'] += 1;
  }

  /** Writes what has changed; what is parked is the caller's. */
  async write(): Promise<void> {
    await this.#effect.write();
    await this.#ledger.write(this.#transaction);
  }

  /** Of a record that cannot be read, only what the ledger says is known: that it was discarded, for example. */
  #isKnown(reading: Reading): boolean {
    const { sequenceNumber } = reading.envelope;
    if (reading.kind !== 'poison') return sequenceNumber <= this.#versionOf(reading.event);
    return sequenceNumber > 0 && sequenceNumber <= this.#ledger.versionOf(reading.envelope);
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
      if (isMillraceError(error, 'UNKNOWN_EVENT_TYPE', 'EVENT_GAP')) return error;
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

  #park(reading: Reading, error: unknown, failure: ParkingCause): void {
    this.#ledger.park(reading.envelope);
    this.#parked.push({ reading, error, failure, attempts: failure === 'event' ? this.#attempt.number : 0 });
  }
}

/** What the store lacks now, it lacks in a moment. */
function causeOf(problem: unknown): ParkingCause {
  return isMillraceError(problem, 'EVENT_GAP') ? 'order' : 'event';
}
