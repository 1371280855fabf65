import { randomUUID } from 'node:crypto';

import { describe, expect, test } from '@jest/globals';
import { testServices } from '@millrace/testing';

import { ensureTopics, partitionRanges } from './index.ts';

describe('topics', () => {
  const address = { brokers: testServices().kafkaBrokers };
  const spec = () => ({ name: `topics-${randomUUID()}`, partitions: 3, replicationFactor: 1 });

  test('T-31 makes a missing topic, kept for ever and never compacted, and then leaves it alone', async () => {
    const wanted = spec();
    expect(await ensureTopics(address, [wanted])).toEqual({ created: [wanted.name], problems: [] });
    expect(await ensureTopics(address, [wanted])).toEqual({ created: [], problems: [] });
    expect(await partitionRanges(address, [wanted.name])).toHaveLength(3);
  });

  test('T-31 T-45 reports an existing topic that differs, and does not change it', async () => {
    const made = { ...spec(), config: { 'retention.ms': '1000' } };
    await ensureTopics(address, [made]);
    const report = await ensureTopics(address, [{ ...made, partitions: 12, config: {} }]);
    expect(report).toEqual({
      created: [],
      problems: [
        `topic ${made.name} has 3 partitions, it must have 12`,
        `topic ${made.name} has retention.ms=1000, it must be -1`,
      ],
    });
    expect(await partitionRanges(address, [made.name])).toHaveLength(3);
  });

  test('T-31 reports a topic with fewer copies than it must have, and is content with more', async () => {
    const made = { ...spec(), minInsyncReplicas: 1 };
    await ensureTopics(address, [made]);
    expect((await ensureTopics(address, [{ ...made, replicationFactor: 3, minInsyncReplicas: 2 }])).problems).toEqual([
      `topic ${made.name} has 1 copies, it must have 3`,
      `topic ${made.name} has min.insync.replicas=1, it must be 2`,
    ]);
    const strict = { ...spec(), minInsyncReplicas: 2 };
    await ensureTopics(address, [strict]);
    expect((await ensureTopics(address, [{ ...strict, minInsyncReplicas: 1 }])).problems).toEqual([]);
  });

  test('says that Kafka is unavailable where no broker answers', async () => {
    await expect(partitionRanges({ brokers: ['127.0.0.1:1'] }, ['t'])).rejects.toMatchObject({
      code: 'KAFKA_UNAVAILABLE',
    });
  });
});
