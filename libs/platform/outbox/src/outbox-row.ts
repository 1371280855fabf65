/**
 * One row of `outbox.outbox_messages` becomes one Kafka record. Debezium copies columns and computes nothing:
 *
 *     column                                    record
 *     ----------------------------------------  --------------------------------------------------------------
 *     topic, key, payload, occurred_at          topic, key, value, timestamp
 *     id, type                                  headers ce_id, ce_type
 *     content_type                              header content-type: `application/avro`
 *     ce_specversion                            header of the same name: `1.0`
 *     ce_source, ce_subject, ce_time,           headers of the same names; ce_subject is the key, ce_time the
 *     ce_dataschema                             timestamp as RFC 3339 text
 *     ce_tenantid, ce_aggregatetype,            headers of the same names
 *     ce_aggregateversion, ce_eventversion,
 *     ce_correlationid, ce_causationid,
 *     ce_userid, ce_sessionid, ce_epoch
 *     traceparent                               header of the same name
 *
 * No header is ever null or empty: the EventRouter would write it all the same, and CloudEvents forbids it.
 */
import type { Causation, EventDefinition, StreamId } from '@millrace/core';

/** A message as its writer knows it; Postgres adds the constants and the epoch. */
export type OutboxRow = StreamId &
  Causation & {
    /** `ce_id`: unique per source. */
    readonly id: string;
    readonly topic: string;
    readonly type: string;
    /** Value of the record, as it is: Avro in Confluent wire format, less than 900,000 bytes. */
    readonly payload: Buffer;
    /** `ce_source`, for example `urn:millrace:orders`. */
    readonly source: string;
    /** RFC 3339, UTC. */
    readonly time: string;
    /** `ce_dataschema`, for example `urn:millrace:schema:orders.OrderCreated:2`. */
    readonly dataSchema: string;
    readonly aggregateVersion: number;
    readonly eventVersion: number;
  };

/** What a message takes over from the event it announces. */
export type AnnouncedEvent = StreamId &
  Causation & {
    readonly eventId: string;
    readonly type: string;
    readonly sequenceNumber: number;
    readonly eventVersion: number;
    readonly occurredAt: string;
  };

/** Where a message goes, and what it carries. */
export type Publication = Pick<OutboxRow, 'topic' | 'source' | 'dataSchema' | 'payload'>;

/** Message that announces `event`: same id, type, times and causation. */
export function outboxRow(event: AnnouncedEvent, publication: Publication): OutboxRow {
  return {
    id: event.eventId,
    type: event.type,
    time: event.occurredAt,
    tenantId: event.tenantId,
    aggregateType: event.aggregateType,
    aggregateId: event.aggregateId,
    aggregateVersion: event.sequenceNumber,
    eventVersion: event.eventVersion,
    correlationId: event.correlationId,
    causationId: event.causationId,
    userId: event.userId,
    sessionId: event.sessionId,
    traceparent: event.traceparent,
    topic: publication.topic,
    source: publication.source,
    dataSchema: publication.dataSchema,
    payload: publication.payload,
  };
}

/** `ce_dataschema` of an event type in one version: `urn:millrace:schema:<Avro full name>:<version>`. */
export function dataSchemaOf(definition: EventDefinition, version: number): string {
  const { namespace, name } = definition.schemas[version] as { namespace: string; name: string };
  return `urn:millrace:schema:${namespace}.${name}:${version}`;
}
