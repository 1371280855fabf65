import type { EventCatalogue } from '@millrace/core';

/** Aggregate types whose events a reader of the topics gets. */
export function aggregateTypesOn(catalogue: EventCatalogue, topics: readonly string[]): string[] {
  const carried = catalogue.definitions.filter(({ topic }) => topics.includes(topic));
  return [...new Set(carried.map(({ aggregateType }) => aggregateType))];
}
