import type { RecordedEvent } from '@millrace/core';
import { type Queryable, type Stream, streamHistory } from '@millrace/queries';

import { type CursorScope, decodeCursor, encodeCursor } from '../cursor.ts';
import type { Answer } from '../query-bus.ts';
import { type EntityApi, queryNames } from './entity-api.ts';

/** What happened to it, who did it, and why? Oldest first. */
export type ListHistory = {
  readonly tenantId: string;
  readonly id: string;
  readonly limit: number;
  readonly cursor?: string | undefined;
};

export async function listHistory(
  database: Queryable,
  api: EntityApi,
  { tenantId, id, limit, cursor }: ListHistory,
): Promise<Answer | undefined> {
  const scope: CursorScope = [queryNames(api).history, tenantId, id];
  const [afterVersion] = cursor === undefined ? [0] : decodeCursor(scope, cursor, isPosition);
  const stream: Stream = { catalogue: api.catalogue, aggregateType: api.resource.aggregateType, tenantId, id };
  // One more than asked for tells whether there is a next page.
  const events = await streamHistory(database, stream, { afterVersion, limit: limit + 1 });
  if (events.length === 0 && afterVersion === 0) return undefined;
  const items = events.slice(0, limit);
  const last = events.length > limit ? items.at(-1) : undefined;
  const next = last && encodeCursor(scope, [last.sequenceNumber]);
  return { body: JSON.stringify({ items: items.map(eventView), next }) };
}

function isPosition(parts: unknown[]): parts is [afterVersion: number] {
  return parts.length === 1 && Number.isSafeInteger(parts[0]) && (parts[0] as number) > 0;
}

/** An event as clients see it. */
function eventView(event: RecordedEvent) {
  return {
    eventId: event.eventId,
    type: event.type,
    version: event.sequenceNumber,
    schemaVersion: event.eventVersion,
    occurredAt: event.occurredAt,
    userId: event.userId,
    correlationId: event.correlationId,
    causationId: event.causationId,
    data: event.data,
  };
}
