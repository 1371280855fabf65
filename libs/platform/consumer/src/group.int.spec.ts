import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';

import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { MillraceError, type RecordedEvent } from '@millrace/core';
import { createLogConsumer, ensureTopics, type LogConsumer, partitionRanges } from '@millrace/kafka';
import { openTestProducer, type TestProducer } from '@millrace/kafka/testing';
import type { Database } from '@millrace/postgres';
import { createLogger, createMetrics, type Metrics } from '@millrace/telemetry';
import { createTestDatabase, eventually, testServices } from '@millrace/testing';

import { ConsumerMetrics } from './consumer-metrics.ts';
import { ConsumerSupervisor } from './consumer-supervisor.ts';
import {
  type CounterDatabase,
  type CounterEvent,
  counterEvent,
  counterEvents,
  counters,
  jsonDecoder,
  openCounterDatabase,
  wireOf,
} from './counter.fixture.ts';
import { GroupHandler } from './group-handler.ts';
import { LagMeter } from './lag-meter.ts';
import { loadPositions, seekToBeginning, type StoredPosition } from './position.ts';
import { projectionEffect } from './projection-effect.ts';
import { type RecordDecoder, RecordReader } from './record-reader.ts';

const brokers = testServices().kafkaBrokers;
const logger = createLogger({ service: 'consumer-spec', level: 'silent' });
const added = (by: number): CounterEvent => ({ type: 'Added', data: { by } });

describe('a group on Kafka and Postgres', () => {
  let databases: CounterDatabase;
  let producer: TestProducer;
  const running: LogConsumer[] = [];
  beforeAll(async () => {
    databases = await openCounterDatabase(await createTestDatabase());
    producer = await openTestProducer(brokers);
  });
  afterEach(() => Promise.all(running.splice(0).map((consumer) => consumer.stop())));
  afterAll(async () => {
    await producer.close();
    await databases.close();
  });

  async function scene(partitions = 3) {
    const topic = `counters-${randomUUID()}`;
    const tenantId = randomUUID();
    await ensureTopics({ brokers }, [{ name: topic, partitions, replicationFactor: 1 }]);
    const count = async (what: string) => {
      const { rows } = await databases.owner.query<{ count: number }>(what, [tenantId]);
      return Number(rows[0]?.count);
    };
    return {
      topic,
      tenantId,
      send: (events: readonly RecordedEvent[]) => producer.send(topic, events.map(wireOf)),
      event: (id: string, sequence: number, event: CounterEvent) => counterEvent(id, sequence, { ...event, tenantId }),
      rows: () => count('select count(*) from read_model.counters where tenant_id = $1'),
      total: () => count('select coalesce(sum(total), 0) as count from read_model.counters where tenant_id = $1'),
      parked: () => count('select count(*) from consumer.parked_events where tenant_id = $1'),
    };
  }

  type MemberParts = { database?: Database; decoder?: RecordDecoder; metrics?: Metrics };

  function handlerOf(group: string, parts: MemberParts): GroupHandler {
    const { database = databases.projector, decoder = jsonDecoder, metrics = createMetrics('spec') } = parts;
    return new GroupHandler({
      group,
      database,
      catalogue: counterEvents,
      effect: projectionEffect(counters),
      reader: new RecordReader(decoder, counterEvents),
      metrics: new ConsumerMetrics(metrics, group),
      logger,
    });
  }

  function join(group: string, parts: MemberParts = {}) {
    const consumer = createLogConsumer({ brokers, groupId: group, topics: [group], logger, maxBatchRecords: 20 });
    const ended = consumer.run(handlerOf(group, parts));
    ended.catch(() => undefined);
    running.push(consumer);
    return { consumer, ended };
  }

  const histories = (
    ids: number,
    length: number,
    event: (id: string, sequence: number, event: CounterEvent) => RecordedEvent,
  ) =>
    Array.from({ length }, (_, index) =>
      Array.from({ length: ids }, (_, id) => event(`c${id}`, index + 1, added(1))),
    ).flat();

  test('ORD-53 SHR-31 T-68 three members that come and go leave the rows of a plain fold', async () => {
    const { topic, send, event, rows, total, parked } = await scene(6);
    const events = histories(30, 40, event);
    join(topic);
    await send(events.slice(0, 400));
    await eventually(async () => (await total()) > 50);
    const second = join(topic);
    const third = join(topic);
    await eventually(() => third.consumer.state().assigned.length === 2);
    await send(events.slice(400, 800));
    await second.consumer.stop();
    await send(events.slice(800));
    await eventually(async () => (await total()) === 1_200, { timeoutMs: 40_000 });
    expect([await rows(), await parked()]).toEqual([30, 0]);
  });

  const outcomes = async (metrics: Metrics, outcome: string) =>
    Number(new RegExp(`outcome="${outcome}"\\} (\\d+)`).exec((await metrics.scrape()).body)?.[1]);

  test('ACC-23 set back while it runs, a member is fenced by its next batch and reads all again, to the same rows', async () => {
    const { topic, send, event, total, parked } = await scene();
    const metrics = createMetrics('spec');
    const events = histories(10, 6, event);
    join(topic, { metrics });
    await send(events.slice(0, 50));
    await eventually(async () => (await total()) === 50);
    expect(await seekToBeginning(databases.owner, topic)).toBeGreaterThan(0);
    await send(events.slice(50));
    await eventually(async () => (await outcomes(metrics, 'repeated')) === 50);
    await eventually(async () => (await total()) === 60);
    expect([await outcomes(metrics, 'applied'), await parked()]).toEqual([60, 0]);
  });

  test('ACC-23 set back while nothing arrives, a member is made anew and reads all again', async () => {
    const { topic, send, event, total } = await scene();
    const metrics = createMetrics('spec');
    const positions = () => loadPositions(databases.projector, topic);
    const supervisor = new ConsumerSupervisor({
      createConsumer: () => createLogConsumer({ brokers, groupId: topic, topics: [topic], logger }),
      handler: handlerOf(topic, { metrics }),
      lag: new LagMeter({ ranges: () => partitionRanges({ brokers }, [topic]), positions }),
      metrics: new ConsumerMetrics(createMetrics('spec'), topic),
      logger,
      fail: () => undefined,
      checkIntervalMs: 200,
    });
    supervisor.start();
    try {
      await send(histories(10, 5, event));
      await eventually(async () => (await total()) === 50);
      const before = await positions();
      await seekToBeginning(databases.owner, topic);
      await eventually(async () => (await outcomes(metrics, 'repeated')) === 50);
      const offsets = (stored: readonly StoredPosition[]) => stored.map(({ nextOffset }) => nextOffset);
      await eventually(async () => isDeepStrictEqual(offsets(await positions()), offsets(before)));
      expect(await total()).toBe(50);
    } finally {
      await supervisor.stop();
    }
  });

  test('T-39 SHR-39 TOX-39 a database outage pauses and parks nothing; afterwards everything arrives', async () => {
    const { topic, send, event, total, parked } = await scene();
    const metrics = createMetrics('spec');
    join(topic, { metrics });
    await send(histories(10, 5, event));
    await eventually(async () => (await total()) === 50);
    const { rows } = await databases.owner.query<{ name: string }>('select current_database() as name');
    const name = rows[0]?.name ?? '';
    await databases.owner.query(`alter database ${name} connection limit 0`);
    await databases.owner.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where usename = 'millrace_projector' and datname = $1`,
      [name],
    );
    await send(histories(10, 10, event).slice(50));
    await eventually(async () =>
      /retries_total\{[^}]*STORE_UNAVAILABLE[^}]*\} [2-9]/.test((await metrics.scrape()).body),
    );
    expect(await total()).toBe(50);
    await databases.owner.query(`alter database ${name} connection limit -1`);
    await eventually(async () => (await total()) === 100);
    expect(await parked()).toBe(0);
  });

  test('T-39 a registry outage pauses and parks nothing', async () => {
    const { topic, send, event, total, parked } = await scene();
    const registry = { down: true, asked: 0 };
    const decoder: RecordDecoder = {
      decode: async (value) => {
        registry.asked += 1;
        if (registry.down) throw new MillraceError('REGISTRY_UNAVAILABLE', 'down');
        return jsonDecoder.decode(value);
      },
    };
    await send(histories(5, 2, event));
    join(topic, { decoder });
    await eventually(() => registry.asked > 5);
    expect([await total(), await parked()]).toEqual([0, 0]);
    registry.down = false;
    await eventually(async () => (await total()) === 10);
    expect(await parked()).toBe(0);
  });

  test('T-40 an event that Postgres refuses is found in its batch and parked; the rest of the batch is applied', async () => {
    const { topic, tenantId, send, event, total, parked } = await scene(1);
    const events = histories(20, 2, event);
    const poison = event('c7', 3, added(5_000));
    await send([...events, poison, event('c7', 4, added(1)), event('c8', 3, added(1))]);
    join(topic);
    await eventually(async () => (await total()) === 41);
    await eventually(async () => (await parked()) === 2);
    const { rows } = await databases.owner.query(
      'select sequence_number, error_code, aggregate_id from consumer.parked_events where tenant_id = $1 order by record_offset',
      [tenantId],
    );
    expect(rows).toEqual([
      { sequence_number: 3, error_code: '23514', aggregate_id: 'c7' },
      { sequence_number: 4, error_code: 'EVENT_GAP', aggregate_id: 'c7' },
    ]);
  });

  test("ORD-51 a fault that is neither passing nor an event's ends the consumer, and nothing is parked", async () => {
    const { topic, send, event, parked } = await scene();
    await databases.owner.query('revoke update on consumer.positions from millrace_projector');
    try {
      await send(histories(1, 1, event));
      await expect(join(topic).ended).rejects.toMatchObject({ code: '42501' });
      expect(await parked()).toBe(0);
    } finally {
      await databases.owner.query('grant update on consumer.positions to millrace_projector');
    }
  });
});
