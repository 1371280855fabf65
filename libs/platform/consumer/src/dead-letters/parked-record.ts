/** A parked event as it lies in `consumer.parked_events`, and the record that it was. */
import type { StreamId } from '@millrace/core';
import type { LogRecord } from '@millrace/kafka';
import type { Transaction } from '@millrace/postgres';

import type { GroupPartition } from '../position.ts';

/** Parked events of one aggregate in one partition, which go in order or not at all. */
export type Sequence = { readonly at: GroupPartition; readonly aggregate: StreamId };

/** A parked event, with what is needed to read it again. */
export type ParkedRecord = {
  readonly record: LogRecord;
  readonly sequenceNumber: number;
  /** Whether an operator has asked for a retry. */
  readonly asked: boolean;
};

type Row = {
  record_offset: number;
  record_key: string | null;
  record_time_ms: number;
  headers: Record<string, string>;
  payload: Buffer | null;
  sequence_number: number;
  asked: boolean;
};

/** Condition of the rows of a sequence, with the parameters of `sequenceParameters`. */
export const OF_SEQUENCE = `consumer_group = $1 and topic = $2 and partition = $3
  and tenant_id = $4 and aggregate_type = $5 and aggregate_id = $6`;

/** Order of a sequence. Records of an unknown version come first: what is behind them cannot be told. */
export const SEQUENCE_ORDER = 'sequence_number, record_offset';

export function sequenceParameters({ at, aggregate }: Sequence): unknown[] {
  const { tenantId, aggregateType, aggregateId } = aggregate;
  return [at.group, at.topic, at.partition, tenantId, aggregateType, aggregateId];
}

/** The oldest of a sequence, locked until the transaction ends. */
export async function lockParked(transaction: Transaction, sequence: Sequence, limit: number): Promise<ParkedRecord[]> {
  const { rows } = await transaction.query<Row>(
    `select record_offset, record_key, record_time_ms, headers, payload, sequence_number,
       retry_requested_at is not null as asked
     from consumer.parked_events where ${OF_SEQUENCE} order by ${SEQUENCE_ORDER} limit $7 for update`,
    [...sequenceParameters(sequence), limit],
  );
  return rows.map((row) => ({
    record: {
      offset: row.record_offset,
      key: row.record_key,
      value: row.payload,
      headers: row.headers,
      timestampMs: row.record_time_ms,
    },
    sequenceNumber: row.sequence_number,
    asked: row.asked,
  }));
}

/** Removes parked events of a sequence. */
export async function removeParked(
  transaction: Transaction,
  { at }: Sequence,
  offsets: readonly number[],
): Promise<void> {
  if (offsets.length === 0) return;
  await transaction.query(
    `delete from consumer.parked_events
     where consumer_group = $1 and topic = $2 and partition = $3 and record_offset = any($4)`,
    [at.group, at.topic, at.partition, offsets],
  );
}
