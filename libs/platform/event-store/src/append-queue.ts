import type { PreparedAppend } from './batch-statement.ts';
import { type Batching, NaturalBatches } from './natural-batches.ts';

/** Sends appends together. @returns for each, in their order, what became of it */
export type SendAppends = Batching<PreparedAppend, number>['send'];

const MOST_APPENDS = 64;
const MOST_EVENTS = 256;
const MOST_BYTES = 1_000_000;

/** An append, and its stream and idempotency key. */
type NamedAppend = { readonly prepared: PreparedAppend; readonly names: readonly string[] };

/**
 * Appends of one process. Those of one stream, or with one idempotency key, are never under way at the same time: they
 * would make Postgres refuse whole statements.
 */
export class AppendQueue {
  readonly #batches: NaturalBatches<NamedAppend, number>;
  /** Names of what is under way. */
  readonly #busy = new Set<string>();

  constructor(send: SendAppends) {
    this.#batches = new NaturalBatches({
      choose: (waiting) => this.#choose(waiting),
      send: (batch) => this.#sendAlone(batch, send),
    });
  }

  /** Errors as `EventStore.append`. */
  append(prepared: PreparedAppend): Promise<number> {
    return this.#batches.add({ prepared, names: namesOf(prepared) });
  }

  async #sendAlone(batch: readonly NamedAppend[], send: SendAppends) {
    const names = batch.flatMap((append) => append.names);
    for (const name of names) this.#busy.add(name);
    try {
      return await send(batch.map(({ prepared }) => prepared));
    } finally {
      for (const name of names) this.#busy.delete(name);
    }
  }

  /** As much as fits from the front. Of a stream, nothing overtakes what came before it. */
  #choose(waiting: readonly NamedAppend[]): ReadonlySet<NamedAppend> {
    const chosen = new Set<NamedAppend>();
    const taken = new Set(this.#busy);
    let room: Room = { events: MOST_EVENTS, bytes: MOST_BYTES };
    for (const append of waiting) {
      const { prepared, names } = append;
      const rest = without(room, prepared);
      const fits = chosen.size === 0 || (chosen.size < MOST_APPENDS && rest.events >= 0 && rest.bytes >= 0);
      if (fits && !names.some((name) => taken.has(name))) {
        chosen.add(append);
        room = rest;
      }
      for (const name of names) taken.add(name);
    }
    return chosen;
  }
}

type Room = { readonly events: number; readonly bytes: number };

function without({ events, bytes }: Room, { rows }: PreparedAppend): Room {
  return { events: events - rows.length, bytes: bytes - rows.reduce((sum, { payload }) => sum + payload.length, 0) };
}

function namesOf({ append: { stream, idempotency } }: PreparedAppend): string[] {
  const { tenantId, aggregateType, aggregateId } = stream;
  const names = [JSON.stringify([tenantId, aggregateType, aggregateId])];
  return idempotency ? [...names, JSON.stringify([tenantId, idempotency.key])] : names;
}
