import type { EventEncoder } from '@millrace/avro';
import type { EventCatalogue } from '@millrace/core';
import { dataSchemaOf, insertOutboxRows, type OutboxRow } from '@millrace/outbox';

import type { Announcer } from './instance-store.ts';
import type { Announcement } from './saga-instance.ts';

/** What announcements are written with. */
export type AnnouncerParts = {
  readonly saga: string;
  /** Catalogue of the public events. */
  readonly catalogue: EventCatalogue;
  readonly encoder: Pick<EventEncoder, 'encode'>;
};

/**
 * Public events as outbox rows, carried by the one relay. The id follows from the instance and its cause, so it is the
 * idempotency key of whoever receives the event. The subject is the instance; versions count its announcements.
 */
export function outboxAnnouncer(parts: AnnouncerParts): Announcer {
  return (transaction, announcements) =>
    insertOutboxRows(
      transaction,
      announcements.map((announcement) => rowOf(announcement, parts)),
    );
}

/** For a saga that announces nothing. */
export const silent: Announcer = async (_, [announcement]) => {
  if (announcement) throw new Error(`no catalogue of public events was given for ${announcement.event.type}`);
};

function rowOf(announcement: Announcement, { saga, catalogue, encoder }: AnnouncerParts): OutboxRow {
  const { id, tenantId, instanceId, event, version, correlationId, cause } = announcement;
  const definition = catalogue.definition(event.type);
  const eventVersion = catalogue.currentVersion(event.type);
  return {
    id,
    topic: definition.topic,
    type: event.type,
    payload: encoder.encode(event.type, event.data),
    source: `urn:millrace:${saga}`,
    time: cause.at,
    dataSchema: dataSchemaOf(definition, eventVersion),
    tenantId,
    aggregateType: definition.aggregateType,
    aggregateId: instanceId,
    aggregateVersion: version,
    eventVersion,
    correlationId,
    causationId: cause.eventId,
    userId: saga,
    sessionId: 'none',
    traceparent: cause.traceparent,
  };
}
