/**
 * Record headers → what an event is, without its data:
 *
 *     ce_id, ce_type, ce_time                       eventId, type, occurredAt
 *     ce_tenantid, ce_aggregatetype, ce_subject     tenantId, aggregateType, aggregateId
 *     ce_aggregateversion, ce_eventversion          sequenceNumber, eventVersion: whole numbers from 1
 *     ce_correlationid, ce_causationid, ce_userid, ce_sessionid, traceparent
 */
import { type Causation, MillraceError, type RecordedEvent, type StreamId } from '@millrace/core';
import type { LogRecord } from '@millrace/kafka';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
// Longer names are no aggregate's, and would not fit the indexes of what is parked.
const LONGEST_TEXT_BYTES = 512;
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z$/;

/** An event without its data. Metadata of the store does not travel, so a projection must not rely on it. */
export type Envelope = Omit<RecordedEvent, 'data' | 'metadata'>;

/**
 * The same as far as the headers tell it: for records that are parked. Unknown text is empty, unknown numbers are 0, and
 * no text is longer than any of ours. */
export function partialEnvelope({ headers, key }: LogRecord): Envelope {
  const text = (name: string) => fitting(headers[name] ?? '');
  const causation: Causation = {
    correlationId: text('ce_correlationid'),
    causationId: text('ce_causationid'),
    userId: text('ce_userid'),
    sessionId: text('ce_sessionid'),
    traceparent: text('traceparent'),
  };
  const stream: StreamId = {
    tenantId: text('ce_tenantid'),
    aggregateType: text('ce_aggregatetype'),
    aggregateId: fitting(headers.ce_subject ?? key ?? ''),
  };
  return {
    type: text('ce_type'),
    eventId: text('ce_id'),
    occurredAt: text('ce_time'),
    sequenceNumber: wholeNumber(headers.ce_aggregateversion),
    eventVersion: wholeNumber(headers.ce_eventversion),
    ...stream,
    ...causation,
  };
}

/** Text as it can be stored: whatever a foreign producer has written, and no longer than any of ours. */
export function fitting(value: string): string {
  return storable(cutToBytes(value, LONGEST_TEXT_BYTES));
}

/** @throws MillraceError `RECORD_MALFORMED` naming every header that is absent or wrong */
export function readEnvelope(record: LogRecord): Envelope {
  const envelope = partialEnvelope(record);
  const { headers } = record;
  const problems: string[] = (Object.keys(envelope) as (keyof Envelope)[]).filter((name) => !envelope[name]);
  for (const name of Object.keys(headers)) {
    if (name.startsWith('ce_') && !fits(headers[name] ?? '', LONGEST_TEXT_BYTES))
      problems.push(name.slice('ce_'.length));
  }
  if (headers.ce_specversion !== '1.0') problems.push('specversion');
  if (!UUID.test(envelope.eventId)) problems.push('id');
  if (!INSTANT.test(envelope.occurredAt) || Number.isNaN(Date.parse(envelope.occurredAt))) problems.push('time');
  if (problems.length === 0) return envelope;
  throw new MillraceError('RECORD_MALFORMED', `the record has no usable ${problems.join(', ')}`, {
    facts: { problems },
  });
}

/**
 * Postgres holds any text but NUL and halves of surrogate pairs, which no event of ours has; a foreign record that has
 * them must still be parked.
 */
export function storable(text: string): string {
  // Asked first, because nearly all text is: a changed copy of each header would cost more than reading the event.
  if (text.isWellFormed() && !text.includes('\0')) return text;
  return text.toWellFormed().replaceAll('\0', '\uFFFD');
}

/** The beginning of a text that is at most so many bytes of UTF-8. */
export function cutToBytes(text: string, bytes: number): string {
  if (fits(text, bytes)) return text;
  // A character that was cut through becomes replacement characters, which are longer than its bytes.
  return Buffer.from(text)
    .subarray(0, bytes)
    .toString()
    .replace(/\uFFFD+$/, '');
}

/** Whether a text is at most so many bytes of UTF-8; of short text its length tells. */
function fits(text: string, bytes: number): boolean {
  return text.length * 3 <= bytes || Buffer.byteLength(text) <= bytes;
}

/** A number from 1 that JavaScript holds exactly, or 0. Compared as numbers: as text, 10 comes before 9. */
function wholeNumber(text: string | undefined): number {
  const value = /^[1-9]\d*$/.test(text ?? '') ? Number(text) : 0;
  return Number.isSafeInteger(value) ? value : 0;
}

/** Identity of an aggregate as one text, for maps. */
export function aggregateKey({ tenantId, aggregateType, aggregateId }: StreamId): string {
  return JSON.stringify([tenantId, aggregateType, aggregateId]);
}
