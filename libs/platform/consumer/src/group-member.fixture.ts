/** A member of a consumer group without Kafka, for specs: it takes records, batch by batch. */
import { randomUUID } from 'node:crypto';

import type { LogRecord } from '@millrace/kafka';
import type { Database } from '@millrace/postgres';

import { applyBatch, type BatchResult } from './batch-transaction.ts';
import { counterEvents, counters, COUNTERS_TOPIC, days, jsonDecoder } from './counter.fixture.ts';
import type { GroupPartition } from './position.ts';
import { projectionEffect } from './projection-effect.ts';
import { RecordReader } from './record-reader.ts';

const effects = { counters: projectionEffect(counters), days: projectionEffect(days) };
const reader = new RecordReader(jsonDecoder, counterEvents);

/** Which table it keeps (`counters`), as which group (a new one), which partition it reads (0), and from where. */
export type MemberOptions = {
  readonly table?: keyof typeof effects;
  readonly group?: string;
  readonly partition?: number;
  /** Position that it has loaded; by default none is stored. */
  readonly from?: number;
};

export type GroupMember = {
  readonly at: GroupPartition;
  /** Applies records as one batch, from the position that this member reached last. */
  readonly take: (records: readonly LogRecord[]) => Promise<BatchResult>;
};

export function groupMember(database: Database, options: MemberOptions = {}): GroupMember {
  const { table = 'counters', group = randomUUID(), partition = 0 } = options;
  const at = { group, topic: COUNTERS_TOPIC, partition };
  const parts = { database, catalogue: counterEvents, effect: effects[table] };
  let { from } = options;
  const take = async (records: readonly LogRecord[]) => {
    const readings = await Promise.all(records.map((record) => reader.read(record)));
    const nextOffset = (records.at(-1)?.offset ?? -1) + 1;
    const result = await applyBatch(parts, { at, from, nextOffset, readings });
    from = nextOffset;
    return result;
  };
  return { at, take };
}
