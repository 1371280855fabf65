import { randomUUID } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';

import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { createLogger } from '@millrace/telemetry';
import { eventually, testServices } from '@millrace/testing';

import { createLogConsumer, ensureTopics, type LogConsumer } from './index.ts';
import { Ledger } from './ledger.fixture.ts';
import { openTestProducer, type TestProducer } from './testing/index.ts';

const brokers = testServices().kafkaBrokers;
const logger = createLogger({ service: 'kafka-spec', level: 'silent' });

describe('a log that may not be the one that was read', () => {
  let producer: TestProducer;
  const running: LogConsumer[] = [];

  beforeAll(async () => {
    producer = await openTestProducer(brokers);
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map((consumer) => consumer.stop()));
  });
  afterAll(() => producer.close());

  const numbers = (count: number) => Array.from({ length: count }, (_, index) => String(index));

  async function filledTopic(count: number): Promise<string> {
    const name = `log-${randomUUID()}`;
    await ensureTopics({ brokers }, [{ name, partitions: 1, replicationFactor: 1 }]);
    await producer.send(
      name,
      numbers(count).map((value) => ({ key: 'k', value })),
    );
    return name;
  }

  function start(topic: string, ledger: Ledger): LogConsumer {
    const consumer = createLogConsumer({ brokers, groupId: topic, topics: [topic], logger });
    consumer.run(ledger.member('a')).catch(() => undefined);
    running.push(consumer);
    return consumer;
  }

  test('T-33 asks for its position again when a connection has ended, and goes on from what it is told', async () => {
    const topic = await filledTopic(20);
    const ledger = new Ledger();
    const sockets = new Set<Socket>();
    const collect = (message: unknown) => void sockets.add((message as { socket: Socket }).socket);
    subscribe('net.client.socket', collect);
    try {
      start(topic, ledger);
      await eventually(() => ledger.values.length === 20);
    } finally {
      unsubscribe('net.client.socket', collect);
    }
    // As if the records from 10 on were others than those which were read.
    ledger.positions.set(`${topic}/0`, 10);
    ledger.last.clear();
    for (const socket of sockets) socket.destroy(new Error('cut by the spec'));
    await eventually(() => ledger.values.length === 30);
    expect(ledger.values.slice(20)).toEqual(numbers(20).slice(10));
    expect(ledger.fenced).toBe(0);
  });

  test('T-33 the last record that was read must still be there: otherwise the handler says where to begin', async () => {
    const topic = await filledTopic(30);
    const ledger = new Ledger();
    const standAt = (next: number, last: string) => {
      ledger.positions.set(`${topic}/0`, next);
      const value = Buffer.from(last);
      ledger.last.set(`${topic}/0`, { offset: next - 1, key: 'k', value, headers: {}, timestampMs: 0 });
    };
    standAt(20, '19');
    const consumer = start(topic, ledger);
    await eventually(() => ledger.values.length === 10);
    await consumer.stop();
    expect([ledger.values, ledger.changed]).toEqual([numbers(30).slice(20), []]);
    standAt(20, 'another');
    start(topic, ledger);
    await eventually(() => ledger.values.length === 40);
    expect([ledger.values.slice(10), ledger.changed]).toEqual([numbers(30), [19]]);
  });
});
