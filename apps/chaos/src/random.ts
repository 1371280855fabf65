/** The one source of chance of a run: the same seed gives the same commands, victims and pauses. */

const UINT32 = 2 ** 32;

/** A seeded generator (mulberry32). Not for secrets. */
export class Random {
  #state: number;

  /** @param seed any text; runs of one seed and another scenario have nothing in common */
  constructor(seed: string) {
    this.#state = [...seed].reduce(
      (hash, char) => Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193),
      0x811c9dc5,
    );
  }

  /** From 0 up to, but not, 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / UINT32;
  }

  /** A whole number, both ends included. */
  between(lowest: number, highest: number): number {
    return lowest + Math.floor(this.next() * (highest - lowest + 1));
  }

  /** True that often: 0.1 is one time in ten. */
  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.between(0, items.length - 1)];
    if (item === undefined) throw new RangeError('there is nothing to pick from');
    return item;
  }

  shuffled<T>(items: readonly T[]): T[] {
    const keyed = items.map((item) => ({ item, at: this.next() }));
    return keyed.sort((left, right) => left.at - right.at).map(({ item }) => item);
  }

  /** A generator of its own, so that one client's luck does not depend on how fast another one is. */
  fork(name: string): Random {
    return new Random(`${this.between(0, UINT32 - 1)} ${name}`);
  }
}
