/** C3: the store against the topics, in the classes of Jepsen's Kafka workload. */
import type { RecordedEvent } from '@millrace/core';

import type { Finding, TenantEvents } from './findings.ts';
import { type LogEntry, topicOfType } from './witness.ts';

type StoredEvent = Pick<RecordedEvent, 'type' | 'aggregateType' | 'aggregateId' | 'sequenceNumber' | 'eventId'>;

/** What topics may show because of the fault itself. */
export type Allowed = {
  /** Records twice, because the outbox was read again. */
  readonly replays: boolean;
  /** Aggregates in two partitions, because there are more of them than before. */
  readonly moves: boolean;
  /** What the repair has sent again behind later versions, because Kafka had lost it. */
  readonly losses: boolean;
};

/** What is known about repetitions besides. */
export type Expected = Allowed & {
  /** Ids of events that the relay's own repair has sent again on purpose, as it noted itself. */
  readonly reemitted: ReadonlySet<string>;
};

/** What the topics say of one tenant. `replayed` and `reemitted` count records beyond the first of their event. */
export type TopicVerdict = {
  readonly findings: readonly Finding[];
  readonly replayed: number;
  readonly reemitted: number;
};

/**
 * Lost: stored, not on its topic. Duplicated: there twice. Invented: committed, but not stored (an aborted or
 * foreign write). Reordered: the first records of an aggregate do not count 1, 2, 3 …, or it is in two partitions.
 */
export function checkTopics(
  { tenantId, events }: TenantEvents<StoredEvent>,
  entries: readonly LogEntry[],
  { reemitted, replays, moves, losses }: Expected,
): TopicVerdict {
  const stored = new Map(events.map((event) => [event.eventId, event]));
  const own = entries.filter(
    ({ topic, headers }) => headers['ce_tenantid'] === tenantId && topic.includes('.events.v'),
  );
  const first = new Map<string, LogEntry>();
  const repeated: string[] = [];
  for (const entry of own) {
    const id = entry.headers['ce_id'] ?? '';
    if (first.has(id)) repeated.push(id);
    else first.set(id, entry);
  }
  const noted = repeated.filter((id) => reemitted.has(id));
  const unasked = repeated.filter((id) => !reemitted.has(id));
  const inOrder = [...first].filter(([id]) => !losses || !reemitted.has(id));
  const findings = [
    ...events
      .filter(({ eventId, type }) => first.get(eventId)?.topic !== topicOfType.get(type))
      .map((event) => finding('lost', `${describe(event)} is not on its topic`)),
    ...[...first]
      .filter(([id]) => !stored.has(id))
      .map(([id, entry]) => finding('invented', `${place(entry)} holds ${id}, which is not stored`)),
    ...(replays ? [] : unasked.map((id) => finding('duplicated', `event ${id} is on its topic twice`))),
    ...checkOrder(
      inOrder.map(([, entry]) => entry),
      moves,
    ),
  ];
  return { findings, replayed: unasked.length, reemitted: noted.length };
}

function checkOrder(entries: readonly LogEntry[], moves: boolean): Finding[] {
  const streams = Map.groupBy(entries, ({ headers, key }) => `${headers['ce_aggregatetype']} ${key}`);
  return [...streams].flatMap(([stream, of]) => {
    const versions = of.map(({ headers }) => Number(headers['ce_aggregateversion']));
    const inOrder = versions.every((version, index) => index === 0 || version > (versions[index - 1] ?? 0));
    const inPartitions = new Set(of.map(({ partition }) => partition)).size;
    // Between two partitions there is no order to be found in the topic.
    if (inPartitions > 1 && moves) return [];
    if (inPartitions > 1) return [finding('reordered', `${stream} is in more than one partition`)];
    return inOrder ? [] : [finding('reordered', `${stream} came as ${versions.join(' ')}`)];
  });
}

const describe = ({ type, aggregateType, aggregateId, sequenceNumber }: StoredEvent) =>
  `${type}, version ${sequenceNumber} of ${aggregateType} ${aggregateId}`;
const place = ({ topic, partition, offset }: LogEntry) => `${topic}/${partition}/${offset}`;

function finding(kind: Finding['kind'], detail: string): Finding {
  return { check: 'C3', kind, detail };
}
