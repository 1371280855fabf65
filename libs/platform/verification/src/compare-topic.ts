/** What identifies an event in the store. */
export type StoredEventRef = {
  readonly eventId: string;
  readonly aggregateId: string;
  readonly sequenceNumber: number;
};

/** What a record says of itself, read back from a topic in offset order per partition. */
export type TopicRecordRef = {
  readonly partition: number;
  readonly offset: number;
  readonly key: string;
  readonly eventId: string;
  readonly aggregateVersion: number;
};

/** Store against topic. All but `committed` and `onTopic` must be empty. Lists hold event ids. */
export type TopicComparison = {
  /** Events in the store. */
  readonly committed: number;
  /** Different events on the topic. */
  readonly onTopic: number;
  /** In the store, not on the topic. */
  readonly lost: readonly string[];
  /** On the topic more than once. */
  readonly duplicated: readonly string[];
  /** On the topic, not in the store. */
  readonly invented: readonly string[];
  /** Their version is not above that of the record before them with the same key, or the key is in two partitions. */
  readonly outOfOrder: readonly string[];
};

/** Compares events of the store with the records of one topic that should carry them. */
export function compareTopic(stored: readonly StoredEventRef[], records: readonly TopicRecordRef[]): TopicComparison {
  const storedIds = new Set(stored.map(({ eventId }) => eventId));
  const seen = new Set<string>();
  const duplicated: string[] = [];
  for (const { eventId } of records) {
    if (seen.has(eventId)) duplicated.push(eventId);
    seen.add(eventId);
  }
  return {
    committed: storedIds.size,
    onTopic: seen.size,
    lost: [...storedIds].filter((id) => !seen.has(id)),
    duplicated,
    invented: [...seen].filter((id) => !storedIds.has(id)),
    outOfOrder: outOfOrder(records),
  };
}

function outOfOrder(records: readonly TopicRecordRef[]): string[] {
  const last = new Map<string, TopicRecordRef>();
  const wrong: string[] = [];
  for (const record of records) {
    const before = last.get(record.key);
    if (before && (before.partition !== record.partition || before.aggregateVersion >= record.aggregateVersion))
      wrong.push(record.eventId);
    last.set(record.key, record);
  }
  return wrong;
}
