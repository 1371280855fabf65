import type { DomainEvent, EventCatalogue, Projection, Row } from '@millrace/core';
import type { Database } from '@millrace/postgres';
import type { Logger } from '@millrace/telemetry';

import type { RecordDecoder } from '../record-reader.ts';

/** Where records come from; asked for only when there are some to catch up with. */
export type Log = { readonly brokers: readonly string[]; readonly decoder: RecordDecoder };

/** What everything works with that treats a read model as a table beside others of its kind. */
export type FleetParts = {
  /** As the owner, with 6 connections or more. */
  readonly database: Database;
  /** Of the events on the projection's topics; it may hold others. */
  readonly catalogue: EventCatalogue;
  readonly projection: Projection<DomainEvent, Row>;
  /** Of each topic. */
  readonly partitions: number;
  readonly log: () => Log;
  readonly logger: Logger;
};

/** Aggregate types whose events are on the topics of a projection, in one order. */
export function aggregateTypesOf({ catalogue, projection }: Pick<FleetParts, 'catalogue' | 'projection'>): string[] {
  const carried = catalogue.definitions.filter(({ topic }) => projection.topics.includes(topic));
  return [...new Set(carried.map(({ aggregateType }) => aggregateType))].toSorted();
}
