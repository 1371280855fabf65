/** The first pause and the longest. */
export type BackoffRange = { readonly firstMs: number; readonly longestMs: number };

/**
 * Pause after so many failures in a row, from 1 on. Doubles up to the longest; with jitter, so that those which failed
 * together do not try together.
 */
export function backoffMs(failures: number, { firstMs, longestMs }: BackoffRange): number {
  const ms = Math.min(firstMs * 2 ** (failures - 1), longestMs);
  return Math.round(ms * (0.75 + Math.random() / 4));
}

/** Counts failures, and tells the pause after each. */
export class Backoff {
  readonly #range: BackoffRange;
  #failures = 0;

  constructor(range: BackoffRange) {
    this.#range = range;
  }

  /** Pause before the next try. */
  nextMs(): number {
    this.#failures += 1;
    return backoffMs(this.#failures, this.#range);
  }

  reset(): void {
    this.#failures = 0;
  }
}
