import type { DomainEvent, RecordedEvent } from '@millrace/core';

import type { Reading } from '../record-reader.ts';

/** An event as `applyBatch` takes it: read from the record at an offset. */
export function readingOf<E extends DomainEvent>(event: RecordedEvent<E>, offset: number): Reading {
  const { data: _data, metadata: _metadata, ...envelope } = event;
  const record = { offset, key: event.aggregateId, value: null, headers: {}, timestampMs: 0 };
  return { kind: 'event', event, envelope, record };
}
