/** Growing pauses between tries, with jitter so that members which failed together do not try together. */
export class Backoff {
  readonly #firstMs: number;
  readonly #longestMs: number;
  #failures = 0;

  constructor({ firstMs, longestMs }: { readonly firstMs: number; readonly longestMs: number }) {
    this.#firstMs = firstMs;
    this.#longestMs = longestMs;
  }

  /** Pause before the next try. Doubles from failure to failure up to the longest. */
  nextMs(): number {
    const ms = Math.min(this.#firstMs * 2 ** this.#failures, this.#longestMs);
    this.#failures += 1;
    return Math.round(ms * (0.75 + Math.random() / 4));
  }

  reset(): void {
    this.#failures = 0;
  }
}
