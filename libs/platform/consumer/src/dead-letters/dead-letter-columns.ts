/**
 * What a dead letter carries: the record as it was received, and about it as headers
 *
 *     dlq_id                                                 of the letter; the same letter may come twice
 *     dlq_group, dlq_topic, dlq_partition, dlq_offset        who could not handle which record
 *     dlq_error_code, dlq_error_detail, dlq_attempts         why, after so many tries; 0: it waits for an earlier one
 *     dlq_parked_at                                          when
 *     dlq_headers                                            all headers of the record, as a JSON object
 *     dlq_omitted                                            what was too large to go along: `none`, or some of
 *                                                            `value`, `headers`, `key`; consumer.parked_events has it
 *
 * beside its own `ce_*` headers. A letter that Kafka refused would stop the relay for everybody, so all of it is bounded.
 */
import type { LogRecord } from '@millrace/kafka';

import { cutToBytes, storable } from '../envelope.ts';
import type { ParkedEvent } from '../parking.ts';

const VALUE_LIMIT_BYTES = 900_000;
const HEADERS_LIMIT_BYTES = 60_000;
const HEADER_LIMIT_BYTES = 1_000;
const KEY_LIMIT_BYTES = 10_000;

/** Columns of the record's own headers, and the header that each is. */
const HEADER_COLUMNS = [
  ['ce_specversion', 'ce_specversion'],
  ['ce_id', 'ce_id'],
  ['ce_type', 'ce_type'],
  ['ce_source', 'ce_source'],
  ['ce_subject', 'ce_subject'],
  ['ce_time', 'ce_time'],
  ['ce_dataschema', 'ce_dataschema'],
  ['content_type', 'content-type'],
  ['ce_tenantid', 'ce_tenantid'],
  ['ce_aggregatetype', 'ce_aggregatetype'],
  ['ce_aggregateversion', 'ce_aggregateversion'],
  ['ce_eventversion', 'ce_eventversion'],
  ['ce_correlationid', 'ce_correlationid'],
  ['ce_causationid', 'ce_causationid'],
  ['ce_userid', 'ce_userid'],
  ['ce_sessionid', 'ce_sessionid'],
  ['ce_epoch', 'ce_epoch'],
  ['traceparent', 'traceparent'],
] as const;

/** Columns of `outbox.dead_letters` that `deadLetterColumns` gives. */
export const DEAD_LETTER_COLUMNS = ['key', ...HEADER_COLUMNS.map(([column]) => column), 'dlq_headers', 'dlq_omitted'];

/** Values of those columns, under `dead`. */
export function deadLetterColumns({ reading: { record } }: ParkedEvent) {
  const { key, headers } = record;
  const all = storable(JSON.stringify(headers));
  const omitted = tooLarge(record, all);
  const own = HEADER_COLUMNS.map(([column, name]) => [
    column,
    cutToBytes(storable(headers[name] ?? ''), HEADER_LIMIT_BYTES),
  ]);
  return {
    dead: {
      ...(Object.fromEntries(own) as Record<string, string>),
      key: key === null || omitted.includes('key') ? null : storable(key),
      dlq_headers: omitted.includes('headers') ? '{}' : all,
      dlq_omitted: omitted.join(',') || 'none',
    },
  };
}

/** What of a record a letter cannot carry. */
function tooLarge({ key, value }: LogRecord, headers: string): string[] {
  const sizes = [
    ['value', value?.length ?? 0, VALUE_LIMIT_BYTES - 1],
    ['headers', Buffer.byteLength(headers), HEADERS_LIMIT_BYTES],
    ['key', Buffer.byteLength(key ?? ''), KEY_LIMIT_BYTES],
  ] as const;
  return sizes.filter(([, bytes, limit]) => bytes > limit).map(([name]) => name);
}
