import { type EventCatalogue, MillraceError, type RecordedEvent } from '@millrace/core';
import { recordedEvent, STORED_EVENT_COLUMNS, type StoredEventRow } from '@millrace/stored-events';

import type { Queryable } from './queryable.ts';

/** The events of one aggregate, and the catalogue that can read them. */
export type Stream = {
  readonly catalogue: EventCatalogue;
  readonly tenantId: string;
  readonly aggregateType: string;
  readonly id: string;
};

/** Which part of a history. */
export type HistoryPage = { readonly afterVersion: number; readonly limit: number };

const OF_STREAM = `tenant_id = $1 and aggregate_type = $2 and aggregate_id = $3`;

/**
 * Events of an aggregate after a version, oldest first, each in the current shape of its type.
 * @throws MillraceError `UNKNOWN_EVENT_TYPE`
 */
export async function streamHistory(
  database: Queryable,
  stream: Stream,
  { afterVersion, limit }: HistoryPage,
): Promise<RecordedEvent[]> {
  const { rows } = await database.query<StoredEventRow>({
    name: 'stream history',
    text: `select ${STORED_EVENT_COLUMNS} from event_store.events where ${OF_STREAM} and sequence_number > $4
            order by sequence_number limit $5`,
    values: [stream.tenantId, stream.aggregateType, stream.id, afterVersion, limit],
  });
  return rows.map((row) => recordedEvent(row, stream.catalogue));
}

/**
 * The first `version` events of an aggregate; none when it does not exist.
 * @throws MillraceError `VERSION_NOT_REACHED` (facts `version`, `head`) when it has fewer events
 */
export async function eventsUpToVersion(
  database: Queryable,
  stream: Stream,
  version: number,
): Promise<RecordedEvent[]> {
  const events = await streamHistory(database, stream, { afterVersion: 0, limit: version });
  if (events.length > 0 && events.length < version) {
    const { aggregateType, id } = stream;
    const message = `${aggregateType} ${id} is at version ${events.length}, not yet at ${version}`;
    throw new MillraceError('VERSION_NOT_REACHED', message, { facts: { version, head: events.length } });
  }
  return events;
}

/** All events of an aggregate before the first that occurred later than an instant (RFC 3339). */
export async function eventsUpToTime(database: Queryable, stream: Stream, at: string): Promise<RecordedEvent[]> {
  const { rows } = await database.query<StoredEventRow>({
    name: 'stream up to time',
    text: `select ${STORED_EVENT_COLUMNS} from event_store.events where ${OF_STREAM} and sequence_number < coalesce(
             (select min(sequence_number) from event_store.events where ${OF_STREAM} and occurred_at > $4),
             9223372036854775807) order by sequence_number`,
    values: [stream.tenantId, stream.aggregateType, stream.id, at],
  });
  return rows.map((row) => recordedEvent(row, stream.catalogue));
}
