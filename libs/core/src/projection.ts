import type { DomainEvent, RecordedEvent } from './event.ts';

/** Plain JSON values of one row of a read model, by column name. */
export type Row = Readonly<Record<string, unknown>>;

/** One function, or the word `ignore`, per event type: leaving one out does not compile. */
export type Handlers<E extends DomainEvent, R extends Row> = {
  readonly [Type in E['type']]:
    'ignore' | ((row: R | undefined, event: RecordedEvent<Extract<E, { type: Type }>>) => R | undefined);
};

/**
 * A read model as a pure fold: no SQL, no clock, no I/O. The live consumer, a rebuild, the drift check and tests all run
 * this one definition.
 */
export type Projection<E extends DomainEvent = DomainEvent, R extends Row = Row> = {
  /** Name of the projection, its consumer group and its app. */
  readonly name: string;
  /** Table in schema `read_model`. */
  readonly table: string;
  /**
   * Version of this definition; 1 by default. Raise it when the handlers or the shape of the table change: a process of an
   * older version then stops at a table that was rebuilt by a newer one, instead of writing it the old way.
   */
  readonly version?: number;
  readonly topics: readonly string[];
  /** Primary key columns, `tenant_id` first. */
  readonly keyColumns: readonly (keyof R & string)[];
  /**
   * `aggregate`: one row per aggregate, whose column `version` holds the sequence number it reflects. `foldEvent` sets it;
   * `R` leaves it out.
   * `group`: a row gathers many aggregates; the versions are kept in `consumer.aggregate_versions`.
   * `event`: rows are only added, one per event with its id in the key, so none is ever loaded. Versions as with `group`.
   */
  readonly rowPer: 'aggregate' | 'group' | 'event';
  /** Key of the row that an event changes. A row per aggregate has a key without `data`: an unknown type has none. */
  key(event: RecordedEvent<E>): Partial<R>;
  /** Row after the event; `undefined` removes it. */
  readonly handlers: Handlers<E, R>;
};

/** Event types that a projection does not ignore. */
export function handledTypes<E extends DomainEvent, R extends Row>(projection: Projection<E, R>): string[] {
  return Object.entries(projection.handlers)
    .filter(([, handler]) => handler !== 'ignore')
    .map(([type]) => type);
}

/**
 * Row after one event. An ignored type, or one that is newer than this process, leaves the row as it is. Where a row is
 * one aggregate, its `version` follows every event, so handlers never set it.
 */
export function foldEvent<E extends DomainEvent, R extends Row>(
  projection: Projection<E, R>,
  row: R | undefined,
  event: RecordedEvent<E>,
): R | undefined {
  type Handler = (row: R | undefined, event: RecordedEvent<E>) => R | undefined;
  const handler =
    (projection.handlers as Readonly<Record<string, 'ignore' | Handler | undefined>>)[event.type] ?? 'ignore';
  const after = handler === 'ignore' ? row : handler(row, event);
  return after && projection.rowPer === 'aggregate' ? { ...after, version: event.sequenceNumber } : after;
}
