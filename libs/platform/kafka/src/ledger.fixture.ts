import type { BatchOutcome, LogPosition, LogRecord, RecordBatch, RecordHandler } from './log-consumer.ts';
import { partitionKey } from './partition-key.ts';

/** Effects and positions in one place, moved together, as a database would. A stale position is refused. */
export class Ledger {
  readonly positions = new Map<string, number>();
  /** The last record before each position. */
  readonly last = new Map<string, LogRecord>();
  readonly values: string[] = [];
  readonly batchSizes: number[] = [];
  readonly owners = new Map<number, Set<string>>();
  fenced = 0;
  /** Offsets at which another record stood than the one that was read. */
  readonly changed: number[] = [];

  /** @param before runs before each batch, and may answer in the ledger's place */
  member(name: string, before?: (batch: RecordBatch) => Promise<BatchOutcome | undefined>): RecordHandler {
    const loaded = new Map<string, number>();
    return {
      position: async (partition) => {
        const stored = this.positions.get(partitionKey(partition));
        loaded.set(partitionKey(partition), stored ?? 0);
        return stored === undefined ? undefined : { next: stored, ...this.#lastOf(partitionKey(partition)) };
      },
      handle: async (batch) => {
        const outcome = await before?.(batch);
        if (outcome) return outcome;
        const key = partitionKey(batch);
        if ((this.positions.get(key) ?? 0) !== loaded.get(key)) {
          this.fenced += 1;
          return { readAgainInMs: 0 };
        }
        this.positions.set(key, batch.nextOffset);
        loaded.set(key, batch.nextOffset);
        const last = batch.records.at(-1);
        if (last) this.last.set(key, last);
        this.values.push(...batch.records.map(({ value }) => value?.toString() ?? ''));
        this.batchSizes.push(batch.records.length);
        this.owners.set(batch.partition, (this.owners.get(batch.partition) ?? new Set()).add(name));
        return 'done';
      },
    };
  }

  #lastOf(key: string): Pick<LogPosition, 'last'> {
    const last = this.last.get(key);
    if (!last) return {};
    const changed = async (first: number) => {
      this.changed.push(last.offset);
      this.last.delete(key);
      this.positions.set(key, first);
    };
    return { last: { offset: last.offset, is: (record) => isSame(record, last), changed } };
  }
}

function isSame(one: LogRecord, other: LogRecord): boolean {
  return one.value?.toString() === other.value?.toString();
}
