/** What consumers are given and what happens to them: 31 to 36 of the list. */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

import { ORDERS_TOPIC } from '@millrace/contracts/orders';
import { openTestProducer, type TestProducer, type TestRecord } from '@millrace/kafka/testing';
import { eventually } from '@millrace/testing';

import { INJECTED, type LogEntry, Witness } from '../checkers/witness.ts';
import { startTwin } from '../harness/twin.ts';
import type { Random } from '../random.ts';
import type { Attack, Scenario } from './scenario.ts';

const COMMANDS = 15;
const PROJECTOR = 'order-read-model-projection';

async function producing<T>({ chaos }: Attack, work: (producer: TestProducer) => Promise<T>): Promise<T> {
  const producer = await openTestProducer(chaos.brokers);
  try {
    return await work(producer);
  } finally {
    await producer.close();
  }
}

/** The same record once more, marked, so that the checkers know that it is not the relay's. */
function copyOf({ key, value, headers, partition }: LogEntry): TestRecord {
  return { key: key ?? '', value, headers: { ...headers, [INJECTED]: '1' }, partition };
}

async function recordsOfRun({ chaos, tenants }: Attack): Promise<LogEntry[]> {
  const records = await new Witness(chaos.stack).records(new Map());
  const ours = new Set(tenants.map(({ tenantId }) => tenantId));
  return records.filter(({ topic, headers }) => ours.has(headers['ce_tenantid'] ?? '') && topic.includes('.events.v'));
}

async function send(producer: TestProducer, entries: readonly LogEntry[]): Promise<void> {
  for (const [topic, of] of Map.groupBy(entries, (entry) => entry.topic)) await producer.send(topic, of.map(copyOf));
}

/** Shuffled, but no record moves further than `distance` from its place. */
function nearlySorted<T>(random: Random, items: readonly T[], distance: number): T[] {
  return items
    .map((item, index) => ({ item, at: index + random.next() * distance }))
    .sort((left, right) => left.at - right.at)
    .map(({ item }) => item);
}

const duplicates: Scenario = {
  name: 'duplicated-delivery',
  numbers: [33],
  about: 'every record of the run comes again: all in order, then each twice and shuffled, while the load goes on',
  quick: true,
  async inject(attack) {
    const records = await recordsOfRun(attack);
    await producing(attack, async (producer) => {
      await send(producer, records);
      attack.fault(`${records.length} records again`);
      await send(
        producer,
        nearlySorted(
          attack.random,
          records.flatMap((record) => [record, record]),
          10,
        ),
      );
      attack.fault(`${2 * records.length} records shuffled`);
    });
    await attack.load.untilMore(COMMANDS);
  },
};

const outOfOrder: Scenario = {
  name: 'out-of-order-delivery',
  numbers: [34],
  about: 'the newest version of each aggregate comes before the older ones, from somebody else than the relay',
  async inject(attack) {
    const { chaos, load, fault } = attack;
    await chaos.stack.pause('connect');
    await load.untilMore(2 * COMMANDS);
    const early = await newestRows(attack);
    await producing(attack, (producer) => send(producer, early));
    fault(`${early.length} records ahead of their predecessors`);
    await delay(3_000);
    await chaos.stack.resume('connect');
  },
};

/** What the relay has not sent yet, as the records that it will be. */
async function newestRows({ chaos, tenants }: Attack): Promise<LogEntry[]> {
  const { rows } = await chaos.stack.database.query<Record<string, string> & { payload: Buffer }>(
    `select distinct on (ce_tenantid, topic, key) * from outbox.outbox_messages
      where ce_tenantid = any($1) and topic like '%.events.v%'
      order by ce_tenantid, topic, key, ce_aggregateversion::int desc`,
    [tenants.map(({ tenantId }) => tenantId)],
  );
  return rows.map((row) => ({
    topic: row['topic'] ?? '',
    partition: undefined as unknown as number,
    offset: 0,
    timestampMs: 0,
    key: row['key'] ?? '',
    value: row.payload,
    headers: headersOf(row),
  }));
}

function headersOf(row: Readonly<Record<string, unknown>>): Record<string, string> {
  const named = Object.entries(row).filter(([column]) => column.startsWith('ce_') || column === 'traceparent');
  return {
    ...(Object.fromEntries(named) as Record<string, string>),
    ce_id: String(row['id']),
    ce_type: String(row['type']),
    'content-type': 'application/avro',
  };
}

/** A record that nobody can read, of an aggregate that nobody has. */
function poison(key: string): TestRecord {
  const id = randomUUID();
  return {
    key,
    value: Buffer.from('this is no Avro'),
    headers: {
      ce_specversion: '1.0',
      ce_id: id,
      ce_type: 'OrderCreated',
      ce_source: 'urn:millrace:orders',
      ce_subject: key,
      ce_time: new Date().toISOString(),
      ce_dataschema: 'urn:millrace:schema:orders.OrderCreated:2',
      'content-type': 'application/avro',
      ce_tenantid: 'poisoned',
      ce_aggregatetype: 'order',
      ce_aggregateversion: '1',
      ce_eventversion: '2',
      ce_correlationid: id,
      ce_causationid: id,
      ce_userid: 'chaos',
      ce_sessionid: 'chaos',
      ce_epoch: '1',
      traceparent: `00-${id.replaceAll('-', '')}-00f067aa0ba902b7-01`,
      [INJECTED]: '1',
    },
  };
}

/** Poison for `keys` aggregates: each is parked by every group of the topic, and nothing else waits. */
function poisoned(name: string, number: number, keys: number): Scenario {
  return {
    name,
    numbers: [number],
    about: `${keys.toLocaleString('en')} aggregates get a record that nobody can read: they are parked, all others go on`,
    destroys: true,
    recoverWithinMs: 240_000,
    async inject(attack) {
      await producing(attack, async (producer) => {
        const records = Array.from({ length: keys }, (_, index) => poison(`poison-${index}`));
        for (let from = 0; from < keys; from += 500) await producer.send(ORDERS_TOPIC, records.slice(from, from + 500));
      });
      attack.fault(`${keys} poison records`);
      await attack.load.untilMore(COMMANDS);
    },
    async afterwards({ chaos }) {
      await eventually(
        async () => {
          const { rows } = await chaos.stack.database.query<{ parked: number }>(
            `select count(*)::int as parked from consumer.parked_events where tenant_id = 'poisoned' and consumer_group = $1`,
            [PROJECTOR],
          );
          return rows[0]?.parked === keys;
        },
        { timeoutMs: 120_000, intervalMs: 500 },
      );
    },
  };
}

const storm: Scenario = {
  name: 'rebalance-storm',
  numbers: [31],
  about: 'a second member joins and leaves the group of a projector every two seconds, by SIGTERM and by SIGKILL',
  async inject({ chaos, random, load, fault }) {
    for (let round = 0; round < 8; round += 1) {
      const twin = await startTwin(chaos, PROJECTOR);
      await delay(random.between(1_000, 3_000));
      await twin.end(random.chance(0.5) ? 'SIGKILL' : 'SIGTERM');
      fault('member joined and left');
    }
    await load.untilMore(COMMANDS);
  },
};

const zombie: Scenario = {
  name: 'zombie-member',
  numbers: [32],
  about: 'a member is stopped past its session, another one takes its partitions, then the first wakes up',
  async inject({ chaos, load, fault }) {
    const twin = await startTwin(chaos, PROJECTOR);
    try {
      await load.untilMore(COMMANDS);
      await chaos.freeze(PROJECTOR, 22_000);
      fault('member frozen 22 s while another one works');
      await load.untilMore(COMMANDS);
    } finally {
      await twin.end('SIGTERM');
    }
  },
};

/** Every scenario of this family. */
export const consumers: readonly Scenario[] = [
  storm,
  zombie,
  duplicates,
  outOfOrder,
  poisoned('poison-events', 35, 20),
  poisoned('parking-capacity', 36, 10_000),
];
