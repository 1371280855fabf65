/** Steps per doubling: a value is known to within 1.1 %. */
const STEPS = 64;
const DOUBLINGS = 40;

/** Percentiles of durations, in microseconds. */
export type Percentiles = {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
};

/** Histogram of durations with logarithmic buckets: constant memory, one relative error for short and long ones. */
export class Latencies {
  readonly #buckets = new Float64Array(STEPS * DOUBLINGS);
  #count = 0;
  #max = 0;

  record(micros: number): void {
    const bucket = micros <= 1 ? 0 : Math.floor(Math.log2(micros) * STEPS);
    this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) + 1;
    this.#count += 1;
    if (micros > this.#max) this.#max = micros;
  }

  /** @returns undefined where nothing was recorded */
  percentiles(): Percentiles | undefined {
    if (this.#count === 0) return undefined;
    const [p50, p95, p99, p999] = [this.#at(0.5), this.#at(0.95), this.#at(0.99), this.#at(0.999)];
    return { p50, p95, p99, p999, max: this.#max };
  }

  /** Middle of the bucket in which that share of all durations has ended. */
  #at(share: number): number {
    let left = Math.ceil(share * this.#count);
    const bucket = this.#buckets.findIndex((count) => (left -= count) <= 0);
    return Math.min(this.#max, 2 ** ((bucket + 0.5) / STEPS));
  }
}
