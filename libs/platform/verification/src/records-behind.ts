import { loadPositions } from '@millrace/consumer';
import { partitionRanges } from '@millrace/kafka';
import type { Database } from '@millrace/postgres';

/** Records between the stored positions of a group and the ends of its topics. Errors as `loadPositions`, `partitionRanges`. */
export async function recordsBehind(
  { database, brokers }: { readonly database: Database; readonly brokers: readonly string[] },
  { group, topics }: { readonly group: string; readonly topics: readonly string[] },
): Promise<number> {
  const positions = await loadPositions(database, group);
  const stored = new Map(positions.map(({ topic, partition, nextOffset }) => [`${topic}/${partition}`, nextOffset]));
  const ranges = await partitionRanges({ brokers }, topics);
  return ranges.reduce(
    (sum, { topic, partition, first, end }) => sum + Math.max(0, end - (stored.get(`${topic}/${partition}`) ?? first)),
    0,
  );
}
