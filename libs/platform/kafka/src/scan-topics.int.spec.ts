import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createLogger } from '@millrace/telemetry';
import { eventually, testServices } from '@millrace/testing';

import { ensureTopics, partitionRanges, scanTopics, type TakeBatch } from './index.ts';
import { groupNames, openTestProducer, type TestProducer } from './testing/index.ts';

const brokers = testServices().kafkaBrokers;
const logger = createLogger({ service: 'scan-spec', level: 'silent' });

describe('scanTopics', () => {
  let producer: TestProducer;
  beforeAll(async () => {
    producer = await openTestProducer(brokers);
  });
  afterAll(() => producer.close());

  async function newTopic(partitions = 1): Promise<string> {
    const name = `scan-${randomUUID()}`;
    await ensureTopics({ brokers }, [{ name, partitions, replicationFactor: 1 }]);
    return name;
  }

  async function filledTopic(count: number): Promise<string> {
    const topic = await newTopic();
    const records = Array.from({ length: count }, (_, index) => ({ key: 'k', value: String(index) }));
    await producer.send(topic, records);
    return topic;
  }

  const scanGroups = async () => (await groupNames(brokers)).filter((name) => name.startsWith('scan-'));

  /** What was taken, by topic. */
  function collector() {
    const taken: Record<string, string[]> = {};
    const take: TakeBatch = ({ topic, records }) =>
      void (taken[topic] ??= []).push(...records.map(({ value }) => String(value)));
    return { taken, take };
  }

  test('reads ranges of several topics, from where each begins to where it ends, and nothing behind', async () => {
    const [whole, middle, untouched] = [await filledTopic(5), await filledTopic(20), await filledTopic(3)];
    const { taken, take } = collector();
    const ranges = [
      { topic: whole, partition: 0, first: 0, end: 5 },
      { topic: middle, partition: 0, first: 7, end: 12 },
      { topic: untouched, partition: 0, first: 3, end: 3 },
    ];
    await scanTopics({ brokers, logger, ranges, maxBatchRecords: 2 }, take);
    expect(taken).toEqual({ [whole]: ['0', '1', '2', '3', '4'], [middle]: ['7', '8', '9', '10', '11'] });
  });

  test('waits for what takes a batch, one at a time, and leaves no group behind', async () => {
    const topic = await newTopic(3);
    const toEach = [0, 1, 2].map((partition) => ({ key: 'k', value: 'v', partition }));
    await producer.send(topic, [...toEach, ...toEach]);
    let [open, most, ended] = [0, 0, 0];
    const before = await scanGroups();
    const own = new Set<string>();
    const take: TakeBatch = async () => {
      most = Math.max(most, (open += 1));
      for (const name of await scanGroups()) if (!before.includes(name)) own.add(name);
      open -= 1;
      ended += 1;
    };
    await scanTopics(
      { brokers, logger, ranges: await partitionRanges({ brokers }, [topic]), maxBatchRecords: 1 },
      take,
    );
    expect({ most, ended }).toEqual({ most: 1, ended: 6 });
    expect(own.size).toBe(1);
    expect((await scanGroups()).filter((name) => own.has(name))).toEqual([]);
  });

  test('ends behind aborted records and transaction markers', async () => {
    const topic = await newTopic();
    await producer.sendInTransaction(topic, [{ key: 'a', value: 'kept' }], 'commit');
    await producer.sendInTransaction(topic, [{ key: 'a', value: 'dropped' }], 'abort');
    const { taken, take } = collector();
    // The broker answers the end of a transaction before it has written the marker.
    const ranges = await eventually(async () => {
      const found = await partitionRanges({ brokers }, [topic]);
      return found[0]?.end === 4 && found;
    });
    expect(ranges).toMatchObject([{ first: 0, end: 4 }]);
    await scanTopics({ brokers, logger, ranges }, take);
    expect(taken).toEqual({ [topic]: ['kept'] });
  });

  test('reads nothing where all ranges are empty', async () => {
    const ranges = [{ topic: 'nowhere', partition: 0, first: 4, end: 4 }];
    const { taken, take } = collector();
    await scanTopics({ brokers: ['127.0.0.1:1'], logger, ranges }, take);
    expect(taken).toEqual({});
  });

  test('gives up an end that is not reached, though the topic goes on elsewhere', async () => {
    const topic = await newTopic(2);
    const live = { key: 'k', value: 'live', partition: 1 };
    await producer.send(topic, [{ ...live, partition: 0 }, live]);
    const ranges = [
      { topic, partition: 0, first: 0, end: 9 },
      { topic, partition: 1, first: 0, end: 1 },
    ];
    const { taken, take } = collector();
    let over = false;
    const scan = scanTopics({ brokers, logger, ranges, silenceMs: 6_000 }, take).finally(() => (over = true));
    scan.catch(() => undefined);
    const deadline = performance.now() + 30_000;
    while (!over && performance.now() < deadline) await producer.send(topic, [live]);
    expect(over).toBe(true);
    await expect(scan).rejects.toThrow(`nothing came for 6000 ms, and this was not read to its end: ${topic}/0`);
    expect(taken).toEqual({ [topic]: ['live', 'live'] });
  });

  test('ends with the error of what takes a batch, and with that of Kafka', async () => {
    const topic = await filledTopic(1);
    const ranges = [{ topic, partition: 0, first: 0, end: 1 }];
    const broken = () => Promise.reject(new Error('broken'));
    await expect(scanTopics({ brokers, logger, ranges }, broken)).rejects.toThrow('broken');
    await expect(scanTopics({ brokers: ['127.0.0.1:1'], logger, ranges }, broken)).rejects.toMatchObject({
      code: 'KAFKA_UNAVAILABLE',
    });
  });
});
