import type { RecordedEvent } from '@millrace/core';

import type { BatchEffect } from './effect.ts';

/** Applies an event of the store. @throws Error naming it, when the projection cannot */
export function applyStored(page: BatchEffect, event: RecordedEvent, group: string): void {
  try {
    page.apply(event);
  } catch (cause) {
    throw cannotApply(group, event, cause);
  }
}

/** What ends a rebuild at an event. */
export function cannotApply(group: string, event: RecordedEvent, cause: unknown): Error {
  const { tenantId, aggregateType, aggregateId, sequenceNumber, type } = event;
  const which = `${type}, version ${sequenceNumber} of ${aggregateType} ${aggregateId} in ${tenantId}`;
  return new Error(`${group} cannot apply ${which}`, { cause });
}
