import { type DomainEvent, foldEvent, type Projection, type RecordedEvent, type Row } from '@millrace/core';
import type { Transaction } from '@millrace/postgres';

import type { BatchEffect, Effect } from './effect.ts';
import { type ReadModelSchema, ReadModelTable } from './read-model-table.ts';

/** A read model's table, kept by its pure projection: the one that is read, unless another is named. */
export function projectionEffect<E extends DomainEvent, R extends Row>(
  projection: Projection<E, R>,
  schema?: ReadModelSchema,
): Effect {
  const table = new ReadModelTable(projection, schema);
  return { begin: async (transaction) => new BatchRows(projection, table, transaction) };
}

type Slot<R extends Row> = { readonly key: Partial<R>; row: R | undefined; stored: boolean; changed: boolean };

/** The rows that one batch changes. */
class BatchRows<E extends DomainEvent, R extends Row> implements BatchEffect {
  readonly #projection: Projection<E, R>;
  readonly #table: ReadModelTable;
  readonly #transaction: Transaction;
  readonly #slots = new Map<string, Slot<R>>();

  constructor(projection: Projection<E, R>, table: ReadModelTable, transaction: Transaction) {
    this.#projection = projection;
    this.#table = table;
    this.#transaction = transaction;
  }

  async load(events: readonly RecordedEvent[]): Promise<void> {
    const wanted = new Map(events.flatMap((event) => this.#keysOf(event)).map((key) => [this.#table.keyOf(key), key]));
    const fresh = [...wanted].filter(([text]) => !this.#slots.has(text));
    if (fresh.length === 0) return;
    for (const [text, key] of fresh) this.#slots.set(text, { key, row: undefined, stored: false, changed: false });
    // Nobody else adds the row of an event: the event is in one partition, whose position is locked.
    if (this.#projection.rowPer === 'event') return;
    // A row of one aggregate belongs to one partition, whose position is locked; a row of a group to all of them.
    if (this.#projection.rowPer === 'group')
      await this.#table.lock(
        this.#transaction,
        fresh.map(([text]) => text),
      );
    const rows = await this.#table.load(
      this.#transaction,
      fresh.map(([, key]) => key),
    );
    for (const row of rows) Object.assign(this.#slots.get(this.#table.keyOf(row)) ?? {}, { row, stored: true });
  }

  versionOf(event: RecordedEvent): number | undefined {
    if (this.#projection.rowPer !== 'aggregate') return undefined;
    return (this.#slotOf(event)?.row as { version?: number } | undefined)?.version;
  }

  apply(event: RecordedEvent): void {
    const slot = this.#slotOf(event);
    if (!slot) throw new Error(`${this.#projection.name} cannot tell the key of event ${event.eventId}`);
    const row = foldEvent(this.#projection, slot.row, event as RecordedEvent<E>);
    slot.changed ||= row !== slot.row;
    slot.row = row;
  }

  async write(): Promise<void> {
    const changed = [...this.#slots.values()].filter((slot) => slot.changed);
    const rows = changed.flatMap(({ row }) => (row ? [row] : []));
    const gone = changed.filter(({ row, stored }) => stored && !row).map(({ key }) => key);
    await this.#table.save(this.#transaction, rows);
    await this.#table.remove(this.#transaction, gone);
  }

  /** None for an event whose key cannot be told: it loads nothing, and `apply` refuses it alone, not the batch. */
  #keysOf(event: RecordedEvent): Partial<R>[] {
    try {
      return [this.#projection.key(event as RecordedEvent<E>)];
    } catch {
      return [];
    }
  }

  #slotOf(event: RecordedEvent): Slot<R> | undefined {
    return this.#keysOf(event).map((key) => this.#slots.get(this.#table.keyOf(key)))[0];
  }
}
