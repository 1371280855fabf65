/**
 * The store, folded into the next table page by page:
 *
 *     read a page (the next one is fetched meanwhile) ─▶ fold it ─▶ rows, versions and cursor in one transaction ─▶ …
 *
 * Rows of one aggregate are folded in memory and added once, when the aggregate is complete: the table needs no key, and
 * nothing is read back. The aggregate at the end of a page is carried over to the next. Rows that gather many aggregates
 * are loaded and saved as in a live batch.
 */
import { setTimeout as delay } from 'node:timers/promises';

import { foldEvent, type RecordedEvent, type Row, type StreamId } from '@millrace/core';
import type { Transaction } from '@millrace/postgres';

import { aggregateKey } from '../envelope.ts';
import { consumedEvent } from '../gap-repair.ts';
import { Ledger } from '../ledger.ts';
import { projectionEffect } from '../projection-effect.ts';
import { ReadModelTable } from '../read-model-table.ts';
import { applyStored, cannotApply } from '../stored-fold.ts';
import { aggregateTypesOf, type FleetParts } from './fleet-parts.ts';
import { advance, type RebuildRecord } from './rebuild-record.ts';
import { groupOf, schemaOf } from './side.ts';
import { readPage, type StorePlace } from './store-pages.ts';

/** Told after each page: events of this rebuild so far, and how many a second in this run. */
export type FoldProgress = (progress: { readonly events: number; readonly perSecond: number }) => void;

/** An aggregate is in the table up to where it was read; what it gets later comes from the topic. */
const WHOLE_AGGREGATE = Number.MAX_SAFE_INTEGER;
const PAGE_EVENTS = 5_000;

type PageWriter = {
  /** Takes events; the last page takes what was carried over as well. @returns how to write what is complete */
  fold(events: readonly RecordedEvent[], isLast: boolean): CompletePage | undefined;
};

type CompletePage = {
  readonly cursor: StorePlace;
  write(transaction: Transaction): Promise<void>;
};

/**
 * Folds what the cursor of the record has left.
 * @throws Error naming the first event that the projection cannot apply; MillraceError `REBUILD_REFUSED` when it was
 * cancelled or taken over. Pages that were written stay, and another run goes on behind them.
 */
export async function foldStore(parts: FleetParts, record: RebuildRecord, told: FoldProgress): Promise<void> {
  const { database, catalogue } = parts;
  const writer = parts.projection.rowPer === 'aggregate' ? new AggregatePages(parts) : new GatheringPages(parts);
  const limit = Math.min(PAGE_EVENTS, record.eventsPerSecond ?? PAGE_EVENTS);
  const aggregateTypes = aggregateTypesOf(parts);
  const read = (after: StorePlace | undefined) => readPage(database, { aggregateTypes, after, limit });
  const startedAt = performance.now();
  let pageAt = startedAt;
  let events = 0;
  // A page in the middle of one long aggregate completes nothing, and is noted with the next that does.
  let unnoted = 0;
  let pending = read(record.cursor ?? undefined);
  for (;;) {
    const rows = await pending;
    const page = rows.map((row) => consumedEvent(row, catalogue));
    const isLast = rows.length < limit;
    const last = page.at(-1);
    if (!isLast && last) {
      pending = read(placeOf(last));
      // It is awaited in the next round; a fault of this one must not leave it unhandled.
      pending.catch(() => undefined);
    }
    const complete = writer.fold(page, isLast);
    unnoted += page.length;
    if (complete) {
      const seconds = (performance.now() - pageAt) / 1_000;
      pageAt = performance.now();
      await database.transaction(async (transaction) => {
        await complete.write(transaction);
        await advance(transaction, record, { cursor: complete.cursor, events: unnoted, seconds });
      });
      unnoted = 0;
    }
    events += page.length;
    const elapsed = (performance.now() - startedAt) / 1_000;
    told({ events: record.events + events, perSecond: events / elapsed });
    if (isLast) return;
    await pace(events, startedAt, record.eventsPerSecond);
  }
}

/** Waits until so many events may have been read. */
async function pace(events: number, startedAt: number, perSecond: number | null): Promise<void> {
  if (perSecond === null) return;
  const waitMs = (events / perSecond) * 1_000 - (performance.now() - startedAt);
  if (waitMs > 0) await delay(waitMs);
}

function placeOf({ tenantId, aggregateType, aggregateId, sequenceNumber }: RecordedEvent): StorePlace {
  return { tenantId, aggregateType, aggregateId, sequenceNumber };
}

type OpenAggregate = { readonly last: RecordedEvent; readonly row: Row | undefined };

/** A row is one aggregate, and the store brings an aggregate's events together. */
class AggregatePages implements PageWriter {
  readonly #parts: FleetParts;
  readonly #table: ReadModelTable;
  #open: OpenAggregate | undefined;

  constructor(parts: FleetParts) {
    this.#parts = parts;
    this.#table = new ReadModelTable(parts.projection, schemaOf('next'));
  }

  fold(events: readonly RecordedEvent[], isLast: boolean): CompletePage | undefined {
    const complete: OpenAggregate[] = [];
    for (const event of events) {
      if (this.#open && aggregateKey(this.#open.last) !== aggregateKey(event)) complete.push(this.#close(this.#open));
      this.#open = { last: event, row: this.#applied(event) };
    }
    if (isLast && this.#open) complete.push(this.#close(this.#open));
    const last = complete.at(-1)?.last;
    if (!last) return undefined;
    const cursor = { ...placeOf(last), sequenceNumber: WHOLE_AGGREGATE };
    return { cursor, write: (transaction) => this.#write(transaction, complete) };
  }

  #applied(event: RecordedEvent): Row | undefined {
    const { catalogue, projection } = this.#parts;
    const before = this.#open?.row;
    if (!catalogue.has(event.type)) return before;
    try {
      return foldEvent(projection, before, event);
    } catch (cause) {
      throw cannotApply(projection.name, event, cause);
    }
  }

  #close(open: OpenAggregate): OpenAggregate {
    this.#open = undefined;
    return open;
  }

  async #write(transaction: Transaction, complete: readonly OpenAggregate[]): Promise<void> {
    await this.#table.insert(
      transaction,
      complete.flatMap(({ row }) => (row ? [row] : [])),
    );
    // As in a live batch: where no row tells the version, the ledger does.
    const untold = complete.filter(({ row, last }) => Number(row?.version ?? 0) < last.sequenceNumber);
    await writeVersions(
      transaction,
      groupOf(this.#parts.projection, 'next'),
      untold.map(({ last }) => last),
    );
  }
}

/** A row gathers many aggregates, or is one event. */
class GatheringPages implements PageWriter {
  readonly #parts: FleetParts;
  readonly #table: ReadModelTable;

  constructor(parts: FleetParts) {
    this.#parts = parts;
    this.#table = new ReadModelTable(parts.projection, schemaOf('next'));
  }

  fold(events: readonly RecordedEvent[]): CompletePage | undefined {
    const last = events.at(-1);
    if (!last) return undefined;
    return { cursor: placeOf(last), write: (transaction) => this.#write(transaction, events) };
  }

  async #write(transaction: Transaction, events: readonly RecordedEvent[]): Promise<void> {
    const { projection } = this.#parts;
    if (projection.rowPer === 'event') await this.#table.insert(transaction, this.#rowsOf(events));
    else await this.#gather(transaction, events);
    await writeVersions(transaction, groupOf(projection, 'next'), events);
  }

  #rowsOf(events: readonly RecordedEvent[]): Row[] {
    const { catalogue, projection } = this.#parts;
    return events.flatMap((event) => {
      if (!catalogue.has(event.type)) return [];
      try {
        const row = foldEvent(projection, undefined, event);
        return row ? [row] : [];
      } catch (cause) {
        throw cannotApply(projection.name, event, cause);
      }
    });
  }

  async #gather(transaction: Transaction, events: readonly RecordedEvent[]): Promise<void> {
    const { catalogue, projection } = this.#parts;
    const effect = await projectionEffect(projection, schemaOf('next')).begin(transaction);
    await effect.load(events);
    for (const event of events) if (catalogue.has(event.type)) applyStored(effect, event, projection.name);
    await effect.write();
  }
}

/** Last versions of the aggregates of the events, which come in order. */
async function writeVersions(transaction: Transaction, group: string, events: readonly RecordedEvent[]): Promise<void> {
  const last = new Map<string, StreamId & { sequenceNumber: number }>(
    events.map((event) => [aggregateKey(event), event]),
  );
  const ledger = await Ledger.load(transaction, group, [...last.values()]);
  for (const event of last.values()) ledger.setVersion(event, event.sequenceNumber);
  await ledger.write(transaction);
}
