/** How far a reader is behind in one partition. */
export type Lag = { readonly records: number; readonly oldestTimestampMs: number | undefined };

/**
 * Where the records of one partition are. Offsets alone cannot count records: transaction markers take offsets too.
 * Holds the records from the slowest reader on; what every reader has passed is forgotten.
 */
export class RecordIndex {
  #offsets: number[] = [];
  #timestampsMs: number[] = [];

  /** Adds a record; offsets ascend. One that was seen before is ignored. */
  add(offset: number, timestampMs: number): void {
    if (offset <= (this.#offsets.at(-1) ?? -1)) return;
    this.#offsets.push(offset);
    this.#timestampsMs.push(timestampMs);
  }

  /** Records at or after `nextOffset`, and the time of the first of them. */
  behind(nextOffset: number): Lag {
    const first = this.#firstAtOrAfter(nextOffset);
    return { records: this.#offsets.length - first, oldestTimestampMs: this.#timestampsMs[first] };
  }

  /** Forgets the records below `nextOffset`. */
  forgetBelow(nextOffset: number): void {
    const first = this.#firstAtOrAfter(nextOffset);
    this.#offsets = this.#offsets.slice(first);
    this.#timestampsMs = this.#timestampsMs.slice(first);
  }

  #firstAtOrAfter(offset: number): number {
    let low = 0;
    let high = this.#offsets.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#offsets[middle] ?? 0) < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
