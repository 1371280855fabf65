/** What a consumer group costs before its effect: records of a topic, read and decoded, against the client alone. */
import { EventDecoder } from '@millrace/avro';
import { RecordReader } from '@millrace/consumer';
import { type OrderEvent, orderEvents, ORDERS_TOPIC } from '@millrace/contracts/orders';
import { TOPIC_PARTITIONS } from '@millrace/contracts/topology';
import type { RecordedEvent } from '@millrace/core';
import type { LogRecord } from '@millrace/kafka';
import { openRawReader } from '@millrace/kafka/testing';

import type { Arm, Experiment } from '../harness/arm.ts';
import type { BenchKafka } from '../harness/bench-kafka.ts';
import { TopicPass } from '../harness/topic-pass.ts';
import { schemaSource } from './millrace-store.ts';
import { orderLives } from './order-lives.ts';
import { fillOrders, type Member, runMember } from './orders-topic.ts';
import type { Bench, Scale, Suite } from './suite.ts';

/** Records of the topic, and how many of them are read before the clock starts: with them goes the joining of the group. */
const sizes: Record<Scale, { readonly records: number; readonly warmUp: number }> = {
  tiny: { records: 4_000, warmUp: 1_000 },
  quick: { records: 50_000, warmUp: 10_000 },
  full: { records: 500_000, warmUp: 50_000 },
};

async function reading({ kafka: started, scale }: Bench): Promise<Experiment> {
  const { records, warmUp } = sizes[scale];
  const kafka = await started();
  const events = orderLives(records);
  await fillOrders(kafka, events);
  const topic = { kafka, events, warmUp };
  return {
    name: 'consumer',
    about: `${records.toLocaleString('en')} records of ${ORDERS_TOPIC}, ${TOPIC_PARTITIONS} partitions, read by a new group from their beginning to their end`,
    arms: [
      readingArm('raw', topic, readRaw),
      readingArm('runtime', topic, readPlain),
      readingArm('decoding', topic, readDecoded),
    ],
    floor: 'raw',
    comparisons: [{ gate: 'consumer-raw', of: 'decoding', to: 'raw', quantity: 'perSecond' }],
    turn: { warmUp: { operations: warmUp }, measure: { operations: records - warmUp } },
  };
}

type Topic = {
  readonly kafka: BenchKafka;
  readonly events: readonly RecordedEvent<OrderEvent>[];
  readonly warmUp: number;
};

/** Begins to read. @returns how to end it, and what is wrong with what was read */
type Read = (member: Member, topic: Topic) => Promise<{ close(): Promise<void>; problems?(): string[] }>;

function readingArm(name: string, topic: Topic, read: Read): Arm {
  const { kafka, events, warmUp } = topic;
  return {
    name,
    async measure() {
      const pass = new TopicPass({ records: events.length, warmUp, kafka });
      const groupId = await kafka.group(name, ORDERS_TOPIC);
      const reader = await read({ brokers: kafka.brokers, groupId, pass }, topic);
      const measured = await pass.measured().finally(() => reader.close());
      return { ...measured, problems: [...pass.problems(), ...(reader.problems?.() ?? [])] };
    },
  };
}

async function readRaw({ pass, ...group }: Member): ReturnType<Read> {
  return openRawReader({ ...group, topics: [ORDERS_TOPIC] }, ({ partition, records, lastOffset }) =>
    pass.take({ partition, records, nextOffset: lastOffset + 1 }),
  );
}

async function readPlain(member: Member): ReturnType<Read> {
  return consume(member, async () => undefined);
}

async function readDecoded(member: Member, { events }: Topic): ReturnType<Read> {
  const reader = new RecordReader(new EventDecoder(schemaSource), orderEvents);
  let versions = 0;
  let lines = 0;
  const consumer = await consume(member, async (records) => {
    for (const record of records) {
      const { kind, envelope, ...rest } = await reader.read(record);
      if (kind !== 'event') continue;
      versions += envelope.sequenceNumber;
      lines += linesOf((rest as { readonly event: RecordedEvent }).event);
    }
  });
  return {
    ...consumer,
    problems() {
      const expected = {
        versions: events.reduce((sum, { sequenceNumber }) => sum + sequenceNumber, 0),
        lines: events.reduce((sum, event) => sum + linesOf(event), 0),
      };
      const isAll = versions === expected.versions && lines === expected.lines;
      return isAll ? [] : [`versions ${versions}, lines ${lines}, expected ${expected.versions}, ${expected.lines}`];
    },
  };
}

/** Order lines in the data of an event: known only to who has decoded it. */
function linesOf({ data }: RecordedEvent): number {
  return (data as { readonly items?: readonly unknown[] }).items?.length ?? 0;
}

/** A member of the group whose positions are kept in memory. */
async function consume(
  member: Member,
  work: (records: readonly LogRecord[]) => Promise<void>,
): Promise<{ close(): Promise<void> }> {
  const { pass } = member;
  return runMember(member, {
    async position({ partition }) {
      const next = pass.position(partition);
      return next === undefined ? undefined : { next };
    },
    async handle({ partition, records, nextOffset }) {
      await work(records);
      pass.take({ partition, records: records.length, nextOffset });
      return 'done';
    },
  });
}

/** The suite `consumer`. */
export const consumer: Suite = {
  name: 'consumer',
  about: 'reading and decoding a topic against a bare loop of the same client',
  experiments: [reading],
};
