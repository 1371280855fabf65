import type { DeadLetterId } from './dead-letter-id.ts';

/** Parked events: one, or those to which everything that is said applies. */
export type DeadLetterSelection = {
  readonly id?: DeadLetterId;
  readonly group?: string;
  readonly tenantId?: string;
  readonly aggregateId?: string;
  readonly eventType?: string;
  readonly errorCode?: string;
};

/** SQL condition on `consumer.parked_events`, with the parameters `$1` to `$8` of `selectionParameters`. */
export function selected(alias: 'e' | 's'): string {
  return `($1::text is null or ${alias}.consumer_group = $1) and ($2::text is null or ${alias}.topic = $2)
    and ($3::integer is null or ${alias}.partition = $3) and ($4::bigint is null or ${alias}.record_offset = $4)
    and ($5::text is null or ${alias}.tenant_id = $5) and ($6::text is null or ${alias}.aggregate_id = $6)
    and ($7::text is null or ${alias}.event_type = $7) and ($8::text is null or ${alias}.error_code = $8)`;
}

export function selectionParameters(selection: DeadLetterSelection): unknown[] {
  const { id, group, tenantId, aggregateId, eventType, errorCode } = selection;
  return [id?.group ?? group, id?.topic, id?.partition, id?.offset, tenantId, aggregateId, eventType, errorCode];
}

/** SQL condition: `e` and `s` are parked events of one sequence. */
export const SAME_SEQUENCE = `s.consumer_group = e.consumer_group and s.topic = e.topic and s.partition = e.partition
  and s.tenant_id = e.tenant_id and s.aggregate_type = e.aggregate_type and s.aggregate_id = e.aggregate_id`;

/** Order of parked events as `e`: sequences, and within each the order in which they must be applied. */
export const EVENT_ORDER = `e.consumer_group, e.topic, e.partition, e.tenant_id, e.aggregate_type, e.aggregate_id,
  e.sequence_number, e.record_offset`;
