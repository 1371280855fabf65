/** The whole way, whole: store, every topic, every group. Reads everything, holds little of it. */
import { consumedEvent } from '@millrace/consumer';
import type { EventCatalogue } from '@millrace/core';
import type { Database } from '@millrace/postgres';
import { STORED_EVENT_COLUMNS, type StoredEventRow } from '@millrace/stored-events';
import type { Logger } from '@millrace/telemetry';

import type { CheckedGroup } from './check-streams.ts';
import { type GroupReport, verifyGroup } from './verify-group.ts';
import { type StoreReport, verifyStore } from './verify-store.ts';
import { type TopicReport, verifyTopic } from './verify-topic.ts';

/** A topic whose events are made from stored ones: the id of the public event is that of the one it stems from. */
export type PublishedTopic = {
  readonly topic: string;
  /** Topics of the events that it stems from. */
  readonly from: readonly string[];
  /** Whether an event is published. */
  readonly isPublished: (event: ReturnType<typeof consumedEvent>) => boolean;
};

/** What to check. */
export type EverythingScope = {
  /** One connection. */
  readonly database: Database;
  readonly brokers: readonly string[];
  readonly logger: Logger;
  readonly catalogue: EventCatalogue;
  /** Topics of stored events. */
  readonly topics: readonly string[];
  readonly published: readonly PublishedTopic[];
  readonly groups: readonly CheckedGroup[];
  readonly canaryType: string;
  readonly tenantId?: string | undefined;
  /** Younger events may still be on their way. */
  readonly olderThanSeconds: number;
  /** Told before each part what is looked at. */
  readonly onPart?: (part: string) => void;
};

/** What was found. */
export type EverythingReport = {
  readonly store: StoreReport;
  readonly topics: readonly TopicReport[];
  readonly groups: readonly GroupReport[];
};

/** Errors: MillraceError `STORE_UNAVAILABLE`, `KAFKA_UNAVAILABLE`, `UNKNOWN_EVENT_TYPE`. */
export async function verifyEverything(scope: EverythingScope): Promise<EverythingReport> {
  const { database, tenantId, onPart } = scope;
  onPart?.('the store');
  const store = await verifyStore(database, tenantId);
  const dueBelow = await dueTransactions(scope);
  const topics: TopicReport[] = [];
  for (const topic of scope.topics) {
    onPart?.(topic);
    topics.push(await verifyTopic({ ...scope, topic, expected: storedOn(scope, topic, dueBelow) }));
  }
  for (const published of scope.published) {
    onPart?.(published.topic);
    topics.push(await verifyPublished(scope, published, dueBelow));
  }
  const groups: GroupReport[] = [];
  for (const checked of scope.groups) {
    onPart?.(checked.group);
    groups.push(await verifyGroup({ ...scope, checked, dueBelow }));
  }
  return { store, topics, groups };
}

/** Whether nothing is lost, invented, duplicated, reordered, skipped or different anywhere, and nothing set aside. */
export function isWhole({ store, topics, groups }: EverythingReport): boolean {
  const wrong = [
    store.gaps,
    ...topics.flatMap(({ lost, invented, duplicated, outOfOrder }) => [lost, invented, duplicated, outOfOrder]),
    ...groups.flatMap(({ skipped, missing, extra, drifted }) => [skipped, missing, extra, drifted]),
  ];
  return wrong.every(({ count }) => count === 0) && groups.every(({ parked }) => parked === 0);
}

/** Transactions that must have arrived by now: those below the oldest that is young or still runs. */
async function dueTransactions({ database, olderThanSeconds }: EverythingScope): Promise<string> {
  const { rows } = await database.query<{ below: string }>(
    `select least(pg_snapshot_xmin(pg_current_snapshot()), (select min(transaction_id) from event_store.events
       where created_at > clock_timestamp() - make_interval(secs => $1)))::text as below`,
    [olderThanSeconds],
  );
  return rows[0]?.below ?? '0';
}

function storedOn({ catalogue, tenantId }: EverythingScope, topic: string, dueBelow: string) {
  const types = catalogue.definitions.filter((one) => one.topic === topic).map(({ aggregateType }) => aggregateType);
  return {
    text: `select tenant_id, aggregate_type, aggregate_id, sequence_number, event_id::text, transaction_id < $3::xid8
      from event_store.events where aggregate_type = any($1) and ($2::text is null or tenant_id = $2)`,
    values: [[...new Set(types)], tenantId ?? null, dueBelow],
  };
}

const PAGE_EVENTS = 1_000;

/** What a mapping publishes is computed page by page into a table, and compared like any other. */
async function verifyPublished(
  scope: EverythingScope,
  { topic, from, isPublished }: PublishedTopic,
  dueBelow: string,
): Promise<TopicReport> {
  const { database, catalogue, tenantId } = scope;
  const types = catalogue.definitions
    .filter((one) => from.includes(one.topic))
    .map(({ aggregateType }) => aggregateType);
  await database.query(
    `drop table if exists pg_temp.published; create temp table published (event_id uuid primary key)`,
  );
  let after = ['', '', '', '0'];
  for (;;) {
    const { rows } = await database.query<StoredEventRow>(
      `select ${STORED_EVENT_COLUMNS} from event_store.events
        where aggregate_type = any($1) and ($2::text is null or tenant_id = $2)
          and (tenant_id, aggregate_type, aggregate_id, sequence_number) > ($3, $4, $5, $6::bigint)
        order by tenant_id, aggregate_type, aggregate_id, sequence_number limit ${PAGE_EVENTS}`,
      [[...new Set(types)], tenantId ?? null, ...after],
    );
    const last = rows.at(-1);
    if (!last) break;
    const ids = rows.filter((row) => isPublished(consumedEvent(row, catalogue))).map((row) => row.event_id);
    await database.query('insert into published select unnest($1::uuid[])', [ids]);
    after = [last.tenant_id, last.aggregate_type, last.aggregate_id, String(last.sequence_number)];
  }
  const expected = {
    text: `select tenant_id, aggregate_type, aggregate_id, sequence_number, event_id::text, transaction_id < $1::xid8
      from event_store.events join published using (event_id)`,
    values: [dueBelow],
  };
  return verifyTopic({ ...scope, topic, expected });
}
