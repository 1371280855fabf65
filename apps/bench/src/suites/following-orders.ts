/** The read model of orders as the process of its group keeps it, from a topic. */
import { EventDecoder } from '@millrace/avro';
import { ConsumerMetrics, GroupHandler, projectionEffect, RecordReader } from '@millrace/consumer';
import { orderEvents, ORDERS_TOPIC } from '@millrace/contracts/orders';
import type { RecordHandler } from '@millrace/kafka';
import { orderReadModel } from '@millrace/orders-read-models';
import { type Database, openDatabase } from '@millrace/postgres';
import { createLogger, createMetrics } from '@millrace/telemetry';

import type { Arm } from '../harness/arm.ts';
import type { BenchKafka } from '../harness/bench-kafka.ts';
import { costs, snapshot } from '../harness/load.ts';
import { TopicPass } from '../harness/topic-pass.ts';
import { BATCH, checkGroup, checkOrders, type Live } from './live-orders.ts';
import { projectorUrl, schemaSource } from './millrace-store.ts';
import { runMember } from './orders-topic.ts';

type Following = Live & {
  /** Its topic of orders holds the events. */
  readonly kafka: BenchKafka;
};

/** A member of the group as its process has it, which reads the topic from its beginning to its end. */
export function followingArm(name: string, { postgres, kafka, template, events, warmUp }: Following): Arm {
  return {
    name,
    async measure() {
      const database = await postgres.create(template);
      const pool = openDatabase({ url: projectorUrl(database), applicationName: orderReadModel.name });
      try {
        const pass = new TopicPass({ records: events.length, warmUp: warmUp * BATCH, kafka });
        const groupId = await kafka.group(name, ORDERS_TOPIC);
        const started = await snapshot(postgres, database.name);
        const member = runMember({ brokers: kafka.brokers, groupId, pass }, passing(pass, memberHandler(pool)));
        const measured = await pass.measured().finally(() => member.close());
        const ended = await snapshot(postgres, database.name);
        const { serverCpu, walBytes, statements, blocks } = costs(started, ended, events.length);
        const rows = await checkOrders(database, events);
        return {
          ...{ ...measured, serverCpu: measured.serverCpu + serverCpu, walBytes, statements, blocks },
          problems: [...pass.problems(), ...rows, ...(await checkGroup(database, events.length))],
        };
      } finally {
        await pool.close();
        await database.drop();
      }
    },
  };
}

function memberHandler(database: Database): RecordHandler {
  const group = orderReadModel.name;
  return new GroupHandler({
    ...{ group, database, catalogue: orderEvents, effect: projectionEffect(orderReadModel) },
    reader: new RecordReader(new EventDecoder(schemaSource), orderEvents),
    metrics: new ConsumerMetrics(createMetrics('bench'), group),
    logger: createLogger({ service: 'bench', level: 'silent' }),
  });
}

/** Counts what the handler has done. */
function passing(pass: TopicPass, handler: RecordHandler): RecordHandler {
  return {
    position: (at) => handler.position(at),
    async handle(batch) {
      const outcome = await handler.handle(batch);
      if (outcome === 'done') pass.take({ ...batch, records: batch.records.length });
      return outcome;
    },
  };
}
