import type { LastRecord, RecordBatch } from './log-consumer.ts';

/**
 * The last record that was read is read once more, in front of the next ones. A broker that lost the end of its log, or a
 * topic that was made anew, may have grown past the position: offsets alone do not show it.
 */
export type Overlap = {
  readonly last: LastRecord;
  /** Where the handler goes on. */
  readonly next: number;
  /** Where the log begins. */
  readonly first: number;
};

/**
 * Takes what was read before out of a batch that was fetched at the last record.
 * @returns `undefined` where another record stands there
 */
export function behindOverlap({ last, next }: Overlap, batch: RecordBatch): RecordBatch | undefined {
  const [record] = batch.records;
  if (record?.offset !== last.offset || !last.is(record)) return undefined;
  const records = batch.records.filter(({ offset }) => offset >= next);
  return { ...batch, records, nextOffset: Math.max(batch.nextOffset, next) };
}
