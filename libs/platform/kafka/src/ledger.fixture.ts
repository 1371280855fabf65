import type { BatchOutcome, RecordBatch, RecordHandler } from './log-consumer.ts';
import { partitionKey } from './partition-key.ts';

/** Effects and positions in one place, moved together, as a database would. A stale position is refused. */
export class Ledger {
  readonly positions = new Map<string, number>();
  readonly values: string[] = [];
  readonly batchSizes: number[] = [];
  readonly owners = new Map<number, Set<string>>();
  fenced = 0;

  /** @param before runs before each batch, and may answer in the ledger's place */
  member(name: string, before?: (batch: RecordBatch) => Promise<BatchOutcome | undefined>): RecordHandler {
    const loaded = new Map<string, number>();
    return {
      position: async (partition) => {
        const stored = this.positions.get(partitionKey(partition));
        loaded.set(partitionKey(partition), stored ?? 0);
        return stored;
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
        this.values.push(...batch.records.map(({ value }) => value?.toString() ?? ''));
        this.batchSizes.push(batch.records.length);
        this.owners.set(batch.partition, (this.owners.get(batch.partition) ?? new Set()).add(name));
        return 'done';
      },
    };
  }
}
