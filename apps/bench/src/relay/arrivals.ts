import type { LogRecord } from '@millrace/kafka';

/** More of them would say the same. */
const MOST_TOLD = 3;

/** An event as a consumer can name it. */
export const placeOf = (aggregateId: string, version: number): string => `${aggregateId}/${version}`;

/** When the event of each record came, and whether versions of each aggregate came one after the other. */
export class Arrivals {
  readonly #versions = new Map<string, number>();
  #times = new Map<string, number>();
  #disorder: string[] = [];
  #receivedBefore = 0;
  #received = 0;

  /** Forgets when what came; not which versions did. */
  begin(): void {
    this.#receivedBefore += this.#received;
    this.#received = 0;
    this.#times = new Map();
    this.#disorder = [];
  }

  note(records: readonly LogRecord[], now: number): void {
    for (const { key, headers } of records) {
      const [aggregateId, version] = [key ?? '', Number(headers['ce_aggregateversion'])];
      const last = this.#versions.get(aggregateId) ?? 0;
      if (version !== last + 1) this.complain(`version ${version} of ${aggregateId} came after ${last}`);
      this.#versions.set(aggregateId, version);
      this.#times.set(placeOf(aggregateId, version), now);
      this.#received += 1;
    }
  }

  complain(problem: string): void {
    if (this.#disorder.length < MOST_TOLD) this.#disorder.push(problem);
  }

  /** Records since `begin`. */
  get received(): number {
    return this.#received;
  }

  get receivedEver(): number {
    return this.#receivedBefore + this.#received;
  }

  /** What came out of order, twice, or after a gap since `begin`. */
  get disorder(): readonly string[] {
    return this.#disorder;
  }

  /** When an event came, by `performance.now()`. */
  timeOf(place: string): number | undefined {
    return this.#times.get(place);
  }
}
