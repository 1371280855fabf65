import type { Batch, IHeaders, KafkaMessage } from 'kafkajs';

import { safeInteger } from './kafka-client.ts';
import type { LogRecord, RecordBatch } from './log-consumer.ts';

/** Offset that a batch was asked for. kafkajs has the field and leaves it out of its types. */
export function fetchedAt(batch: Batch): number {
  return safeInteger((batch as Batch & { readonly fetchedOffset: string }).fetchedOffset);
}

/** The records of a fetched batch in pieces of at most `size`; the last one also passes trailing transaction markers. */
export function* sliced(batch: Batch, size: number): Generator<RecordBatch> {
  const { topic, partition, messages } = batch;
  const highWatermark = safeInteger(batch.highWatermark);
  const end = safeInteger(batch.lastOffset()) + 1;
  for (let start = 0; start < messages.length; start += size) {
    const records = messages.slice(start, start + size).map(recordOf);
    const last = records.at(-1)?.offset ?? end - 1;
    const nextOffset = start + size >= messages.length ? end : last + 1;
    yield { topic, partition, records, nextOffset, highWatermark };
  }
}

function recordOf({ offset, key, value, headers, timestamp }: KafkaMessage): LogRecord {
  return {
    offset: safeInteger(offset),
    key: key === null ? null : key.toString(),
    value,
    headers: textHeaders(headers ?? {}),
    timestampMs: safeInteger(timestamp),
  };
}

function textHeaders(headers: IHeaders): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const name of Object.keys(headers)) {
    const value = headers[name];
    const last = Array.isArray(value) ? value.at(-1) : value;
    if (last !== undefined && last !== null) texts[name] = last.toString();
  }
  return texts;
}
