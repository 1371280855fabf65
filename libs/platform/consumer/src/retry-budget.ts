/** How many retries there are at once, and how long it takes until one comes back. */
export type RetryBudgetLimits = { readonly retries: number; readonly refillMs: number };

/**
 * What a process may spend on trying events again before it parks them: a few that fail are worth the wait, thousands
 * would hold up all others. A retry is of a whole batch, however many of its events failed.
 */
export class RetryBudget {
  readonly #limits: RetryBudgetLimits;
  readonly #now: () => number;
  #left: number;
  #countedAt: number;

  /** @param now monotonic milliseconds */
  constructor(limits: RetryBudgetLimits, now: () => number = () => performance.now()) {
    this.#limits = limits;
    this.#now = now;
    this.#left = limits.retries;
    this.#countedAt = now();
  }

  /** Takes one retry. @returns false when none is left */
  spend(): boolean {
    const { retries, refillMs } = this.#limits;
    const now = this.#now();
    this.#left = Math.min(retries, this.#left + (now - this.#countedAt) / refillMs);
    this.#countedAt = now;
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}
