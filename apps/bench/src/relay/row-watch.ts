import { setTimeout as delay } from 'node:timers/promises';

import { type Database, openDatabase } from '@millrace/postgres';

const LOOK_AGAIN_MS = 1;

/** Asks a read model for orders until they are there, over a connection of its own, and notes when that was. */
export class RowWatch {
  readonly #database: Database;
  readonly #awaited = new Set<string>();
  readonly #arrivals = new Map<string, number>();
  #open = true;
  readonly #running: Promise<void>;

  constructor(url: string) {
    this.#database = openDatabase({ url, poolSize: 1, applicationName: 'bench' });
    this.#running = this.#watch();
  }

  /** Looks for this order from now on. */
  expect(orderId: string): void {
    this.#awaited.add(orderId);
  }

  /** When a row was seen, by `performance.now()`. */
  arrivalOf(orderId: string): number | undefined {
    return this.#arrivals.get(orderId);
  }

  /** Waits until every order that was expected has been seen. @returns those that were not */
  async untilSeen(patienceMs: number): Promise<number> {
    const deadline = performance.now() + patienceMs;
    while (this.#awaited.size > 0 && performance.now() < deadline) await delay(LOOK_AGAIN_MS);
    return this.#awaited.size;
  }

  async close(): Promise<void> {
    this.#open = false;
    await this.#running.finally(() => this.#database.close());
  }

  async #watch(): Promise<void> {
    while (this.#open) {
      if (this.#awaited.size > 0) await this.#look();
      await delay(LOOK_AGAIN_MS);
    }
  }

  async #look(): Promise<void> {
    const { rows } = await this.#database.query<{ order_id: string }>({
      name: 'rows that are there',
      text: `select order_id from read_model.order_read_model where tenant_id = 'acme' and order_id = any($1)`,
      values: [[...this.#awaited]],
    });
    const now = performance.now();
    for (const { order_id } of rows) {
      this.#awaited.delete(order_id);
      this.#arrivals.set(order_id, now);
    }
  }
}
