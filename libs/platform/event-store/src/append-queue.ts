/**
 * Natural batching: while a statement is under way, appends gather, and the next statement takes all that wait. Nothing
 * ever waits for a timer, so a lone append is as quick as without the queue.
 *
 *     idle ──append──▶ one under way ──append──▶ as many under way as may be ──append──▶ waiting
 *                             ▲                                                          │
 *                             └──────────────── one has ended: all that wait ◀───────────┘
 */
import type { PreparedAppend } from './batch-statement.ts';

/** Sends appends together. @returns for each, in their order, what became of it */
export type SendBatch = (batch: readonly PreparedAppend[]) => Promise<readonly PromiseSettledResult<number>[]>;

type Waiting = {
  readonly prepared: PreparedAppend;
  readonly settle: (result: PromiseSettledResult<number>) => void;
};

/** While one is flushed to disk, another one is parsed and executed. */
const MOST_UNDER_WAY = 2;
const MOST_APPENDS = 64;
const MOST_EVENTS = 256;
const MOST_BYTES = 1_000_000;

/**
 * Appends of one process. Those of one stream, or with one idempotency key, are never under way at the same time: they
 * would make Postgres refuse whole statements.
 */
export class AppendQueue {
  readonly #send: SendBatch;
  #waiting: Waiting[] = [];
  #underWay = 0;
  /** Streams and idempotency keys of what is under way. */
  readonly #busy = new Set<string>();

  constructor(send: SendBatch) {
    this.#send = send;
  }

  /** Errors as `EventStore.append`. */
  async append(prepared: PreparedAppend): Promise<number> {
    const result = await new Promise<PromiseSettledResult<number>>((settle) => {
      this.#waiting.push({ prepared, settle });
      this.#next();
    });
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  }

  #next(): void {
    while (this.#underWay < MOST_UNDER_WAY) {
      const batch = this.#take();
      if (batch.length === 0) return;
      void this.#run(batch);
    }
  }

  async #run(batch: readonly Waiting[]): Promise<void> {
    const names = batch.flatMap(({ prepared }) => namesOf(prepared));
    this.#underWay += 1;
    for (const name of names) this.#busy.add(name);
    const results = await this.#send(batch.map(({ prepared }) => prepared)).catch((reason: unknown) =>
      batch.map((): PromiseSettledResult<number> => ({ status: 'rejected', reason })),
    );
    this.#underWay -= 1;
    for (const name of names) this.#busy.delete(name);
    for (const [index, { settle }] of batch.entries()) settle(results[index] as PromiseSettledResult<number>);
    this.#next();
  }

  /** As much as fits from the front. Of a stream, nothing overtakes what came before it. */
  #take(): Waiting[] {
    const batch: Waiting[] = [];
    const left: Waiting[] = [];
    const taken = new Set(this.#busy);
    let room: Room = { events: MOST_EVENTS, bytes: MOST_BYTES };
    for (const waiting of this.#waiting) {
      const names = namesOf(waiting.prepared);
      const rest = without(room, waiting.prepared);
      const fits = batch.length === 0 || (batch.length < MOST_APPENDS && rest.events >= 0 && rest.bytes >= 0);
      if (fits && !names.some((name) => taken.has(name))) {
        batch.push(waiting);
        room = rest;
      } else left.push(waiting);
      for (const name of names) taken.add(name);
    }
    this.#waiting = left;
    return batch;
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
