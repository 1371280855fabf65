import type { DomainEvent, EventCatalogue, Projection, RecordedEvent, Row } from '@millrace/core';
import { readTopic, type TopicRecord } from '@millrace/kafka';
import type { Database } from '@millrace/postgres';
import { readStreams, type StreamSelection } from '@millrace/stored-events';
import type { Logger } from '@millrace/telemetry';

import { compareProjection, type ProjectionComparison, replay } from './compare-projection.ts';
import { compareTopic, type TopicComparison, type TopicRecordRef } from './compare-topic.ts';

// Projections of one domain, whatever their events and rows.
type AnyProjection = Projection<DomainEvent, Row>;

/** A topic, and the aggregate types whose every event it carries under the event's own id. */
export type CarryingTopic = { readonly topic: string; readonly aggregateTypes: readonly string[] };

/** What to look at. The three witnesses are asked by themselves: nothing comes from whoever sent the commands. */
export type PipelineScope = {
  readonly database: Database;
  readonly brokers: readonly string[];
  readonly logger: Logger;
  /** Of all events of the streams. */
  readonly catalogue: EventCatalogue;
  /** Topics on which events of the streams must be found exactly once. */
  readonly topics: readonly CarryingTopic[];
  readonly projections: readonly AnyProjection[];
  readonly streams: StreamSelection;
  /** Where the records of these streams begin, by topic and partition; the start of the log by default. */
  readonly from?: ReadonlyMap<string, ReadonlyMap<number, number>>;
};

/** What the store, each topic and each read model say. */
export type PipelineReport = {
  /** Streams and events in the store. */
  readonly streams: number;
  readonly events: number;
  readonly topics: Readonly<Record<string, TopicComparison>>;
  readonly readModels: Readonly<Record<string, ProjectionComparison>>;
};

/** Compares the event store with the topics and, by replay, with the read models. */
export async function verifyPipeline(scope: PipelineScope): Promise<PipelineReport> {
  const events = await readStreams(scope.database, scope.catalogue, scope.streams);
  const topics: Record<string, TopicComparison> = {};
  for (const { topic, aggregateTypes } of scope.topics) {
    const carried = events.filter(({ aggregateType }) => aggregateTypes.includes(aggregateType));
    topics[topic] = compareTopic(carried, await recordsOf(scope, topic, carried));
  }
  const readModels: Record<string, ProjectionComparison> = {};
  for (const projection of scope.projections)
    readModels[projection.name] = await compareTable(scope, projection, events);
  return {
    streams: new Set(events.map(({ aggregateType, aggregateId }) => `${aggregateType}-${aggregateId}`)).size,
    events: events.length,
    topics,
    readModels,
  };
}

/** Whether nothing is lost, doubled, invented, reordered or different anywhere. */
export function isConsistent({ topics, readModels }: PipelineReport): boolean {
  const topicsAgree = Object.values(topics).every(
    ({ lost, duplicated, invented, outOfOrder }) =>
      lost.length + duplicated.length + invented.length + outOfOrder.length === 0,
  );
  return (
    topicsAgree &&
    Object.values(readModels).every(
      ({ missing, extra, drifted }) => missing.length + extra.length + drifted.length === 0,
    )
  );
}

async function recordsOf(
  { brokers, logger, streams, from }: PipelineScope,
  topic: string,
  events: readonly RecordedEvent[],
): Promise<TopicRecordRef[]> {
  const start = from?.get(topic);
  const records = await readTopic({ brokers }, topic, start ? { logger, from: start } : { logger });
  const known = new Set(events.map(({ aggregateId }) => aggregateId));
  // Canaries are of no aggregate, though a tenant might bear the name that they carry.
  const inScope = ({ key, headers }: TopicRecord) =>
    headers.ce_aggregatetype !== 'canary' &&
    headers.ce_tenantid === streams.tenantId &&
    (streams.aggregateIds === undefined || known.has(key ?? ''));
  return records.filter(inScope).map(({ partition, offset, key, headers }) => ({
    partition,
    offset,
    key: key ?? '',
    eventId: headers.ce_id ?? '',
    aggregateVersion: Number(headers.ce_aggregateversion),
  }));
}

async function compareTable(
  { database, catalogue, streams }: PipelineScope,
  projection: AnyProjection,
  events: readonly RecordedEvent[],
): Promise<ProjectionComparison> {
  // A row that gathers many aggregates has to be compared over all of its tenant.
  const folded =
    projection.rowPer === 'aggregate'
      ? events
      : await readStreams(database, catalogue, { ...streams, aggregateIds: undefined });
  const told = folded.filter(({ type }) => projection.topics.includes(catalogue.definition(type).topic));
  const expected = replay(projection, told);
  const { rows } = await database.query<{ row: Row }>(
    `select to_jsonb(t) as row from read_model.${projection.table} t where tenant_id = $1`,
    [streams.tenantId],
  );
  const actual = rows.map(({ row }) => row);
  const named = new Set(streams.aggregateIds);
  const inScope = (row: Row) =>
    streams.aggregateIds === undefined ||
    projection.rowPer !== 'aggregate' ||
    projection.keyColumns.some((column) => named.has(String(row[column])));
  return compareProjection(projection, expected, actual.filter(inScope));
}
