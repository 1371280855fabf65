/** One pass of a group over a topic: what it has taken, and how long that took without the beginning. */
import type { Measured } from './arm.ts';
import { cpuMicros } from './cpu.ts';

/** Records of one partition that were handled, in order. */
export type Taken = { readonly partition: number; readonly records: number; readonly nextOffset: number };

/** What is read, and who reads it. */
export type Pass = {
  readonly records: number;
  /** Records that are discarded: before them the group is joined, and the compiler is cold. */
  readonly warmUp: number;
  /** Tells the processor time of the broker. */
  readonly kafka: { readonly cpu: number };
  readonly timeoutMs?: number;
};

type Moment = { readonly taken: number; readonly at: number; readonly client: number; readonly server: number };

/** Counts in memory, as a handler without effects. */
export class TopicPass {
  readonly #pass: Pass;
  readonly #partitions = new Map<number, { records: number; nextOffset: number }>();
  readonly #done = Promise.withResolvers<Moment>();
  #taken = 0;
  #warm: Moment | undefined;

  constructor(pass: Pass) {
    this.#pass = pass;
    this.#done.promise.catch(() => undefined);
  }

  /** Offset at which a partition goes on; undefined before its first record. */
  position(partition: number): number | undefined {
    return this.#partitions.get(partition)?.nextOffset;
  }

  take({ partition, records, nextOffset }: Taken): void {
    const before = this.#partitions.get(partition)?.records ?? 0;
    this.#partitions.set(partition, { records: before + records, nextOffset });
    this.#taken += records;
    if (this.#taken >= this.#pass.warmUp) this.#warm ??= this.#now();
    if (this.#taken >= this.#pass.records) this.#done.resolve(this.#now());
  }

  /** Ends the pass early. */
  fail(error: unknown): void {
    this.#done.reject(error);
  }

  /** Resolves when all records were taken. @throws Error when that takes too long; what `fail` was told */
  async measured(): Promise<Omit<Measured, 'problems'>> {
    const { timeoutMs = 120_000, records } = this.#pass;
    const late = () => this.fail(new Error(`${this.#taken} of ${records} records in ${timeoutMs} ms`));
    const timer = setTimeout(late, timeoutMs);
    const end = await this.#done.promise.finally(() => clearTimeout(timer));
    const begin = this.#warm ?? end;
    const operations = end.taken - begin.taken;
    const seconds = (end.at - begin.at) / 1_000;
    return {
      ...{ operations, perSecond: operations / seconds },
      ...{ clientCpu: (end.client - begin.client) / operations, serverCpu: (end.server - begin.server) / operations },
      ...{ walBytes: 0, statements: 0, blocks: 0 },
    };
  }

  /** Records that are missing, or were taken twice: the topic holds nothing but them, so offsets are counts. */
  problems(): string[] {
    const { records } = this.#pass;
    const total = this.#taken === records ? [] : [`${this.#taken} of ${records} records`];
    const uneven = [...this.#partitions].filter(([, { records: count, nextOffset }]) => count !== nextOffset);
    return [
      ...total,
      ...uneven.map(
        ([partition, { records: count, nextOffset }]) => `partition ${partition}: ${count} records up to ${nextOffset}`,
      ),
    ];
  }

  #now(): Moment {
    return { taken: this.#taken, at: performance.now(), client: cpuMicros(process.pid), server: this.#pass.kafka.cpu };
  }
}
