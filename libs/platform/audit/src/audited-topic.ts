/** Consumer group of the auditor. */
export const AUDITOR_GROUP = 'auditor';

/**
 * A topic that the outbox fills. With `aggregateTypes`, it carries every event that the store has of them; without, what
 * it carries is in the outbox alone (public events, announcements), as long as that is kept.
 */
export type AuditedTopic = { readonly topic: string; readonly aggregateTypes?: readonly string[] };

/** Topics of events that the store has, by aggregate type. */
export function topicByType(topics: readonly AuditedTopic[]): ReadonlyMap<string, string> {
  return new Map(topics.flatMap(({ topic, aggregateTypes = [] }) => aggregateTypes.map((type) => [type, topic])));
}

/** Names of the topics that carry what is in the outbox alone. */
export function outboxOnly(topics: readonly AuditedTopic[]): string[] {
  return topics.filter(({ aggregateTypes }) => aggregateTypes === undefined).map(({ topic }) => topic);
}
