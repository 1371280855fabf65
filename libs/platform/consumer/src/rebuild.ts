/**
 * Rebuilds a read model from the event store, in one transaction:
 *
 *     hold all positions of the group ─▶ empty table and ledger ─▶ read the store, fold it, write ─▶ commit
 *
 * Why the table is then what it would be, had every event come once and in order:
 *
 * - Every batch begins by locking its position. So when we hold all of them, no batch is under way, and none begins until
 *   we commit; one that waited loads rows and versions afterwards, hence ours.
 * - The store is read through one cursor, opened after that: one snapshot. Of each aggregate it holds the events 1 … n
 *   without a gap, because n is appended by someone who sees n − 1, and at least those that any batch has ever applied,
 *   because they were committed before they were on a topic.
 * - Positions stay where they are. What Kafka brings again is known by the versions that we write, here as in a batch;
 *   what is newer than the snapshot is applied; what lies between is repaired from the store.
 *
 * Readers see the old rows until the commit. A projection is a pure fold of rows, so nothing else happens again.
 */
import type { DomainEvent, EventCatalogue, Projection, RecordedEvent, Row } from '@millrace/core';
import type { Database, Transaction } from '@millrace/postgres';
import { STORED_EVENT_COLUMNS, type StoredEventRow } from '@millrace/stored-events';

import type { BatchEffect } from './effect.ts';
import { consumedEvent } from './gap-repair.ts';
import { Ledger } from './ledger.ts';
import { forgetUnread, lockPositions } from './position.ts';
import { projectionEffect } from './projection-effect.ts';
import { ReadModelTable } from './read-model-table.ts';

/** What a rebuild works with. */
export type RebuildParts<E extends DomainEvent, R extends Row> = {
  /** As the owner. The table is emptied in one statement, so its timeout must be generous. */
  readonly database: Database;
  /** Of the events on the projection's topics; it may hold others. */
  readonly catalogue: EventCatalogue;
  readonly projection: Projection<E, R>;
  /** Of each topic. */
  readonly partitions: number;
};

/** What a rebuild found and made. */
export type RebuildReport = {
  readonly projection: string;
  readonly rows: number;
  readonly events: number;
  /** Events that were set aside before, and are applied now. */
  readonly unparked: number;
  readonly seconds: number;
};

const PAGE_EVENTS = 2_000;

/**
 * Makes the table of a projection anew. Batches of its group wait meanwhile; other groups, commands and reads do not.
 * @throws Error naming the first event that the projection cannot apply; pg's DatabaseError; MillraceError
 * `UNKNOWN_EVENT_TYPE`, `STORE_UNAVAILABLE`. Nothing has changed then.
 */
export async function rebuildProjection<E extends DomainEvent, R extends Row>(
  parts: RebuildParts<E, R>,
): Promise<RebuildReport> {
  const { database, projection, partitions } = parts;
  const { name: group, topics } = projection;
  const table = new ReadModelTable(projection);
  const startedAt = performance.now();
  const counts = await database.transaction(async (transaction) => {
    await lockPositions(transaction, group, { topics, partitions });
    await table.clear(transaction);
    const unparked = await forgetProgress(transaction, group);
    const events = await foldStore(transaction, parts);
    await forgetUnread(transaction, group);
    return { rows: await table.count(transaction), events, unparked };
  });
  return { projection: group, ...counts, seconds: (performance.now() - startedAt) / 1_000 };
}

/** @returns number of parked events */
async function forgetProgress(transaction: Transaction, group: string): Promise<number> {
  await transaction.query('delete from consumer.aggregate_versions where consumer_group = $1', [group]);
  const { rowCount } = await transaction.query('delete from consumer.parked_events where consumer_group = $1', [group]);
  return rowCount ?? 0;
}

/** Applies pages of the store as the live consumer applies batches. @returns number of events */
async function foldStore<E extends DomainEvent, R extends Row>(
  transaction: Transaction,
  { catalogue, projection }: RebuildParts<E, R>,
): Promise<number> {
  const effect = projectionEffect(projection);
  let count = 0;
  for await (const events of storedPages(transaction, catalogue, projection.topics)) {
    const page = await effect.begin(transaction);
    const ledger = await Ledger.load(transaction, projection.name, events);
    await page.load(events);
    for (const event of events) {
      if (catalogue.has(event.type)) applyStored(page, event, projection.name);
      if ((page.versionOf(event) ?? 0) < event.sequenceNumber) ledger.setVersion(event, event.sequenceNumber);
    }
    await page.write();
    await ledger.write(transaction);
    count += events.length;
  }
  return count;
}

function applyStored(page: BatchEffect, event: RecordedEvent, group: string): void {
  try {
    page.apply(event);
  } catch (cause) {
    const { tenantId, aggregateType, aggregateId, sequenceNumber, type } = event;
    const which = `${type}, version ${sequenceNumber} of ${aggregateType} ${aggregateId} in ${tenantId}`;
    throw new Error(`${group} cannot apply ${which}`, { cause });
  }
}

/** All events of the topics, each aggregate's in order. One cursor is one snapshot, however many pages are fetched. */
async function* storedPages(
  transaction: Transaction,
  catalogue: EventCatalogue,
  topics: readonly string[],
): AsyncGenerator<RecordedEvent[]> {
  const carried = catalogue.definitions.filter(({ topic }) => topics.includes(topic));
  const aggregateTypes = [...new Set(carried.map(({ aggregateType }) => aggregateType))];
  await transaction.query(
    `declare stored_events no scroll cursor for
     select ${STORED_EVENT_COLUMNS} from event_store.events where aggregate_type = any($1)
     order by tenant_id, aggregate_type, aggregate_id, sequence_number`,
    [aggregateTypes],
  );
  for (;;) {
    const { rows } = await transaction.query<StoredEventRow>(`fetch ${PAGE_EVENTS} from stored_events`);
    if (rows.length === 0) return;
    yield rows.map((row) => consumedEvent(row, catalogue));
  }
}
