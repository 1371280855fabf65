import { randomUUID } from 'node:crypto';

import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { createLogger } from '@millrace/telemetry';
import { eventually, testServices } from '@millrace/testing';

import { createLogConsumer, ensureTopics, groupLag, type LogConsumer, readTopic } from './index.ts';
import { withAdmin } from './kafka-client.ts';
import { Ledger } from './ledger.fixture.ts';
import type { RecordHandler } from './log-consumer.ts';
import { addPartitions, deleteRecords, openTestProducer, type TestProducer } from './testing/index.ts';

const brokers = testServices().kafkaBrokers;
const logger = createLogger({ service: 'kafka-spec', level: 'error' });

describe('log consumer', () => {
  let producer: TestProducer;
  const running: { consumer: LogConsumer; ended: Promise<void> }[] = [];
  const warnings: string[] = [];
  process.on('warning', ({ name }) => warnings.push(name));

  beforeAll(async () => {
    producer = await openTestProducer(brokers);
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map(({ consumer }) => consumer.stop()));
  });
  afterAll(async () => {
    await producer.close();
  });

  async function newTopic(partitions: number): Promise<string> {
    const name = `log-${randomUUID()}`;
    await ensureTopics({ brokers }, [{ name, partitions, replicationFactor: 1 }]);
    return name;
  }

  function start(topic: string, groupId: string, handler: RecordHandler) {
    const consumer = createLogConsumer({ brokers, groupId, topics: [topic], logger, maxBatchRecords: 50 });
    const ended = consumer.run(handler);
    ended.catch(() => undefined);
    running.push({ consumer, ended });
    return { consumer, ended };
  }

  const numbered = (count: number, keys: number, from = 0) =>
    Array.from({ length: count }, (_, index) => ({
      key: `k${index % keys}`,
      value: `k${index % keys}:${from + Math.floor(index / keys)}`,
    }));
  const valuesOf = (values: readonly string[], key: string) => values.filter((value) => value.startsWith(`${key}:`));
  const sequence = (key: string, count: number) => Array.from({ length: count }, (_, index) => `${key}:${index}`);
  const lagOf = async (group: string, topic: string) =>
    (await groupLag({ brokers }, group, [topic])).reduce((sum, { lag }) => sum + lag, 0);

  test('SHR-38 delivers every record in order per key, in batches of at most the size asked for', async () => {
    const topic = await newTopic(4);
    await producer.send(topic, numbered(1_000, 10));
    const ledger = new Ledger();
    start(topic, topic, ledger.member('a'));
    await eventually(() => ledger.values.length === 1_000);
    for (let key = 0; key < 10; key += 1) expect(valuesOf(ledger.values, `k${key}`)).toEqual(sequence(`k${key}`, 100));
    expect(Math.max(...ledger.batchSizes)).toBe(50);
  });

  test('SHR-31 T-41 starts at the stored position, whatever is committed to Kafka', async () => {
    const topic = await newTopic(1);
    await producer.send(topic, numbered(20, 1));
    await withAdmin({ brokers }, (admin) =>
      admin.setOffsets({ groupId: topic, topic, partitions: [{ partition: 0, offset: '20' }] }),
    );
    const ledger = new Ledger();
    ledger.positions.set(`${topic}/0`, 15);
    start(topic, topic, ledger.member('a'));
    await eventually(() => ledger.values.length === 5);
    expect(ledger.values).toEqual(sequence('k0', 20).slice(15));
  });

  test('SHR-31 CIM-26 begins at the oldest record; a restart without any offset in Kafka goes on where the ledger stands', async () => {
    const topic = await newTopic(2);
    await producer.send(topic, numbered(100, 4));
    const ledger = new Ledger();
    const { consumer } = start(topic, topic, ledger.member('a'));
    await eventually(() => ledger.values.length === 100);
    await consumer.stop();
    expect(await lagOf(topic, topic)).toBe(0);
    await withAdmin({ brokers }, (admin) => admin.deleteGroups([topic]));
    await producer.send(topic, numbered(100, 4, 25));
    start(topic, topic, ledger.member('a'));
    await eventually(() => ledger.values.length === 200);
    for (let key = 0; key < 4; key += 1) expect(valuesOf(ledger.values, `k${key}`)).toEqual(sequence(`k${key}`, 50));
  });

  test('reads committed records only, and moves the position past aborted ones and markers', async () => {
    const topic = await newTopic(1);
    await producer.sendInTransaction(topic, [{ key: 'a', value: 'kept' }], 'commit');
    await producer.sendInTransaction(topic, [{ key: 'a', value: 'dropped' }], 'abort');
    const ledger = new Ledger();
    start(topic, topic, ledger.member('a'));
    await eventually(() => ledger.positions.get(`${topic}/0`) === 4);
    await producer.sendInTransaction(topic, [{ key: 'a', value: 'dropped too' }], 'abort');
    await eventually(() => ledger.positions.get(`${topic}/0`) === 6);
    await producer.sendInTransaction(topic, [{ key: 'a', value: 'kept too' }], 'commit');
    await eventually(() => ledger.positions.get(`${topic}/0`) === 8);
    expect(ledger.values).toEqual(['kept', 'kept too']);
    expect(ledger.fenced).toBe(0);
    await eventually(async () => (await lagOf(topic, topic)) === 0);
    expect((await readTopic({ brokers }, topic, { logger })).map(({ value }) => value?.toString())).toEqual([
      'kept',
      'kept too',
    ]);
  });

  test('T-39 pauses a partition whose handler asks for it, goes on with the others, and comes back', async () => {
    const topic = await newTopic(2);
    const ledger = new Ledger();
    let down = true;
    let tries = 0;
    const handler = ledger.member('a', async ({ partition }) => {
      if (partition !== 0 || !down) return undefined;
      tries += 1;
      return { readAgainInMs: 100 };
    });
    await producer.send(
      topic,
      [0, 1].map((partition) => ({ key: `p${partition}`, value: `p${partition}`, partition })),
    );
    start(topic, topic, handler);
    await eventually(() => ledger.values.includes('p1') && tries > 2);
    expect(ledger.values).toEqual(['p1']);
    down = false;
    await eventually(() => ledger.values.length === 2);
    expect(ledger.values).toEqual(['p1', 'p0']);
  });

  test('a stop finishes the batch under way, and commits it', async () => {
    const topic = await newTopic(1);
    await producer.send(topic, numbered(100, 1));
    const ledger = new Ledger();
    const gate = Promise.withResolvers<undefined>();
    let begun = 0;
    const { consumer } = start(
      topic,
      topic,
      ledger.member('a', async () => ((begun += 1) === 2 ? gate.promise : undefined)),
    );
    await eventually(() => begun === 2);
    const stopped = consumer.stop();
    gate.resolve(undefined);
    await stopped;
    expect(ledger.values).toHaveLength(100);
    expect(await lagOf(topic, topic)).toBe(0);
  });

  test('SHR-39 asks for no more records while a batch is being handled', async () => {
    const topic = await newTopic(1);
    const ledger = new Ledger();
    let open = 0;
    let most = 0;
    // Slow on purpose: what must not happen is that others begin meanwhile.
    const slow = ledger.member('a', async () => {
      most = Math.max(most, (open += 1));
      await new Promise((resolve) => setTimeout(resolve, 20));
      open -= 1;
      return undefined;
    });
    for (let round = 0; round < 20; round += 1) await producer.send(topic, numbered(20, 1, round * 20));
    start(topic, topic, slow);
    await eventually(() => ledger.values.length === 400);
    expect(most).toBe(1);
    expect(ledger.values).toEqual(sequence('k0', 400));
  });

  test('ORD-53 three members share the partitions through joins and leaves: nothing twice, nothing lost, order kept', async () => {
    const topic = await newTopic(6);
    const ledger = new Ledger();
    // Slow on purpose, so that joins and leaves fall into batches.
    const pause = async () => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      return undefined;
    };
    let sent = 0;
    let enough = false;
    const sending = (async () => {
      for (; !enough; sent += 10) await producer.send(topic, numbered(120, 12, sent));
    })();
    start(topic, topic, ledger.member('a', pause));
    await eventually(() => ledger.values.length > 300);
    start(topic, topic, ledger.member('b', pause));
    const third = start(topic, topic, ledger.member('c', pause));
    await eventually(() => third.consumer.state().assigned.length === 2);
    await eventually(() => [...ledger.owners.values()].filter((names) => names.has('c')).length === 2);
    await third.consumer.stop();
    enough = true;
    await sending;
    await eventually(() => ledger.values.length >= sent * 12, { timeoutMs: 60_000 });
    expect(ledger.values).toHaveLength(sent * 12);
    for (let key = 0; key < 12; key += 1) expect(valuesOf(ledger.values, `k${key}`)).toEqual(sequence(`k${key}`, sent));
  });

  test('never skips: a stored position that the log does not hold ends the consumer with an error', async () => {
    const topic = await newTopic(1);
    await producer.send(topic, numbered(10, 1));
    const beyond = new Ledger();
    beyond.positions.set(`${topic}/0`, 11);
    await expect(start(topic, `${topic}-beyond`, beyond.member('a')).ended).rejects.toMatchObject({
      code: 'PREFLIGHT_FAILED',
    });
    await deleteRecords(brokers, { topic, before: 5 });
    const before = new Ledger();
    before.positions.set(`${topic}/0`, 4);
    await expect(start(topic, `${topic}-before`, before.member('a')).ended).rejects.toMatchObject({
      code: 'PREFLIGHT_FAILED',
      facts: { first: 5, end: 10, next: 4 },
    });
    const fresh = new Ledger();
    start(topic, `${topic}-fresh`, fresh.member('a'));
    await eventually(() => fresh.values.length === 5);
  });

  test('never skips: records deleted in front of a running consumer end it', async () => {
    const topic = await newTopic(1);
    // More than one fetch brings, so that kafkajs must ask again, and would begin elsewhere by itself.
    const large = 'x'.repeat(50_000);
    for (let index = 0; index < 10; index += 1) await producer.send(topic, [{ key: 'k', value: large }]);
    const ledger = new Ledger();
    let deleted = false;
    const { ended } = start(
      topic,
      topic,
      ledger.member('a', async () => {
        if (deleted) return undefined;
        deleted = true;
        await deleteRecords(brokers, { topic, before: 10 });
        await producer.send(topic, [{ key: 'k', value: 'after the gap' }]);
        return undefined;
      }),
    );
    await expect(ended).rejects.toMatchObject({ code: 'PREFLIGHT_FAILED' });
    expect(ledger.values.length).toBeGreaterThan(0);
    expect(ledger.values).not.toContain('after the gap');
  });

  test('ORD-53 partitions that were added while it runs are taken over at their stored positions', async () => {
    const topic = await newTopic(2);
    await producer.send(topic, numbered(20, 4));
    const ledger = new Ledger();
    const survivor = start(topic, topic, ledger.member('a'));
    await eventually(() => ledger.values.length === 20);
    await addPartitions(brokers, topic, 4);
    const second = start(topic, topic, ledger.member('b'));
    await eventually(() => second.consumer.state().assigned.length === 2);
    // kafkajs drops what it is to send to a partition that it does not know, so it is asked anew.
    const knowing = await openTestProducer(brokers);
    const toEach = (value: number) => [0, 1, 2, 3].map((partition) => ({ key: 'k', value: `p${value}`, partition }));
    await knowing.send(topic, toEach(0));
    await eventually(() => ledger.values.length === 24);
    await second.consumer.stop();
    await eventually(() => survivor.consumer.state().assigned.filter(({ next }) => next !== undefined).length === 4);
    await knowing.send(topic, toEach(1));
    await eventually(() => ledger.values.length === 28);
    await knowing.close();
    expect(survivor.consumer.state().joined).toBe(true);
  });

  test('ORD-53 a consumer that is stopped while it joins leaves no member behind', async () => {
    const topic = await newTopic(2);
    await producer.send(topic, numbered(20, 4));
    const ledger = new Ledger();
    const { consumer } = start(topic, topic, ledger.member('a'));
    await consumer.stop();
    start(topic, topic, ledger.member('b'));
    await eventually(() => ledger.values.length === 20);
    expect(consumer.state()).toMatchObject({ joined: false, assigned: [] });
  });

  test('ORD-51 an error of the handler and an absent broker end the consumer', async () => {
    const topic = await newTopic(1);
    await producer.send(topic, numbered(1, 1));
    const failing = new Ledger().member('a', async () => {
      throw new Error('broken');
    });
    await expect(start(topic, topic, failing).ended).rejects.toThrow('broken');
    const options = { brokers: ['127.0.0.1:1'], groupId: 'g', topics: ['t'], logger };
    await expect(createLogConsumer(options).run(failing)).rejects.toMatchObject({ code: 'KAFKA_UNAVAILABLE' });
  });

  test('T-56 the lag of a group is known while none of its members lives', async () => {
    const topic = await newTopic(3);
    await producer.send(topic, numbered(90, 9));
    expect(await lagOf('nobody', topic)).toBe(90);
  });

  test('kafkajs sets no negative timer', () => {
    expect(warnings).not.toContain('TimeoutNegativeWarning');
  });
});
