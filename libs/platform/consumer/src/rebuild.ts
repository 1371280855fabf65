/**
 * Rebuilds a read model in place from the event store, in one transaction: all of it, what a tenant has, or one aggregate.
 *
 *     hold all positions of the group ─▶ empty table and ledger, or the part of them ─▶ read the store, fold it, write ─▶ commit
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
import {
  type DomainEvent,
  type EventCatalogue,
  MillraceError,
  type Projection,
  type RecordedEvent,
  type Row,
} from '@millrace/core';
import type { Database, Transaction } from '@millrace/postgres';
import { STORED_EVENT_COLUMNS, type StoredEventRow } from '@millrace/stored-events';

import type { BatchEffect } from './effect.ts';
import { aggregateKey } from './envelope.ts';
import { consumedEvent } from './gap-repair.ts';
import { Ledger } from './ledger.ts';
import { forgetUnread, lockPositions } from './position.ts';
import { projectionEffect } from './projection-effect.ts';
import { ReadModelTable } from './read-model-table.ts';
import { applyStored } from './stored-fold.ts';

/** What is rebuilt: everything of a tenant, or of one of its aggregates. */
export type RebuildScope = { readonly tenantId: string; readonly aggregateId?: string };

/** What a rebuild works with. */
export type RebuildParts<E extends DomainEvent, R extends Row> = {
  /** As the owner. The table is emptied in one statement, so its timeout must be generous. */
  readonly database: Database;
  /** Of the events on the projection's topics; it may hold others. */
  readonly catalogue: EventCatalogue;
  readonly projection: Projection<E, R>;
  /** Of each topic. */
  readonly partitions: number;
  /** Everything, unless given. Other tenants and aggregates are not touched. */
  readonly scope?: RebuildScope;
};

/** What a rebuild found and made. */
export type RebuildReport = {
  readonly projection: string;
  /** Of the table afterwards; of the tenant where there is a scope. */
  readonly rows: number;
  /** Events that were folded. */
  readonly events: number;
  /** Parked events that were given up, because the store has brought them. */
  readonly unparked: number;
  readonly seconds: number;
};

const PAGE_EVENTS = 2_000;

/**
 * Makes the table of a projection anew, or a part of it. Batches of its group wait meanwhile; other groups, commands and
 * reads do not.
 * @throws Error naming the first event that the projection cannot apply; MillraceError `REBUILD_REFUSED` for an aggregate
 * without events, `UNKNOWN_EVENT_TYPE`, `STORE_UNAVAILABLE`; pg's DatabaseError. Nothing has changed then.
 */
export async function rebuildProjection<E extends DomainEvent, R extends Row>(
  parts: RebuildParts<E, R>,
): Promise<RebuildReport> {
  const { database, projection, partitions, scope } = parts;
  const { name: group, topics } = projection;
  const table = new ReadModelTable(projection);
  const startedAt = performance.now();
  const counts = await database.transaction(async (transaction) => {
    await lockPositions(transaction, group, { topics, partitions });
    const made =
      scope?.aggregateId === undefined
        ? await rebuildAll(transaction, parts)
        : await rebuildAggregate(transaction, parts, { ...scope, aggregateId: scope.aggregateId });
    await forgetUnread(transaction, group);
    return { rows: await table.count(transaction, scope?.tenantId), ...made };
  });
  return { projection: group, ...counts, seconds: (performance.now() - startedAt) / 1_000 };
}

type Made = Pick<RebuildReport, 'events' | 'unparked'>;

/** Everything, or everything of a tenant: rows of tenants have nothing in common. */
async function rebuildAll<E extends DomainEvent, R extends Row>(
  transaction: Transaction,
  parts: RebuildParts<E, R>,
): Promise<Made> {
  const { projection, scope } = parts;
  await new ReadModelTable(projection).clear(transaction, scope?.tenantId);
  const unparked = await forgetProgress(transaction, projection.name, scope);
  let events = 0;
  for await (const page of storedPages(transaction, parts, scope)) {
    await applyPage(transaction, parts, page);
    events += page.length;
  }
  return { events, unparked };
}

/**
 * One aggregate. A row that gathers others too is folded from all that it gathers: of the aggregate everything, of the
 * others what the group has applied, because the rest is still to come from the topic.
 */
async function rebuildAggregate<E extends DomainEvent, R extends Row>(
  transaction: Transaction,
  parts: RebuildParts<E, R>,
  scope: Required<RebuildScope>,
): Promise<Made> {
  const { projection } = parts;
  const table = new ReadModelTable(projection);
  const own = await collected(storedPages(transaction, parts, scope));
  if (own.length === 0) {
    const message = `the store has no events of ${scope.aggregateId} in ${scope.tenantId} that ${projection.name} reads`;
    throw new MillraceError('REBUILD_REFUSED', message, { facts: scope });
  }
  const keys = new Map(own.flatMap((event) => keysOf(parts, event)).map((key) => [table.keyOf(key), key]));
  if (projection.rowPer === 'group') await table.lock(transaction, [...keys.keys()]);
  await table.remove(transaction, [...keys.values()]);
  const unparked = await forgetProgress(transaction, projection.name, scope);
  await applyPage(transaction, parts, own);
  if (projection.rowPer !== 'group') return { events: own.length, unparked };
  const isOwn = new Set(own.map(aggregateKey));
  let events = own.length;
  for await (const page of storedPages(transaction, parts, { tenantId: scope.tenantId })) {
    const ledger = await Ledger.load(transaction, projection.name, page);
    const others = page.filter(
      (event) =>
        !isOwn.has(aggregateKey(event)) &&
        event.sequenceNumber <= ledger.versionOf(event) &&
        keysOf(parts, event).some((key) => keys.has(table.keyOf(key))),
    );
    await foldPage(transaction, parts, others);
    events += others.length;
  }
  return { events, unparked };
}

async function collected(pages: AsyncIterable<RecordedEvent[]>): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for await (const page of pages) events.push(...page);
  return events;
}

/** Key of the row that an event changes; of an unknown type, whose data is not known either, it may not be told. */
function keysOf<E extends DomainEvent, R extends Row>(
  { catalogue, projection }: RebuildParts<E, R>,
  event: RecordedEvent,
): Partial<R>[] {
  return catalogue.has(event.type) ? [projection.key(event as RecordedEvent<E>)] : [];
}

/** @returns number of parked events */
async function forgetProgress(transaction: Transaction, group: string, scope?: RebuildScope): Promise<number> {
  const within = `consumer_group = $1 and ($2::text is null or tenant_id = $2) and ($3::text is null or aggregate_id = $3)`;
  const values = [group, scope?.tenantId ?? null, scope?.aggregateId ?? null];
  await transaction.query(`delete from consumer.aggregate_versions where ${within}`, values);
  const { rowCount } = await transaction.query(`delete from consumer.parked_events where ${within}`, values);
  return rowCount ?? 0;
}

/** Applies a page of the store as the live consumer applies a batch. */
async function applyPage<E extends DomainEvent, R extends Row>(
  transaction: Transaction,
  parts: RebuildParts<E, R>,
  events: readonly RecordedEvent[],
): Promise<void> {
  const ledger = await Ledger.load(transaction, parts.projection.name, events);
  const page = await foldPage(transaction, parts, events);
  for (const event of events) {
    if ((page.versionOf(event) ?? 0) < event.sequenceNumber) ledger.setVersion(event, event.sequenceNumber);
  }
  await ledger.write(transaction);
}

async function foldPage<E extends DomainEvent, R extends Row>(
  transaction: Transaction,
  { catalogue, projection }: RebuildParts<E, R>,
  events: readonly RecordedEvent[],
): Promise<BatchEffect> {
  const page = await projectionEffect(projection).begin(transaction);
  await page.load(events);
  for (const event of events) if (catalogue.has(event.type)) applyStored(page, event, projection.name);
  await page.write();
  return page;
}

/** All events of the topics, each aggregate's in order. One cursor is one snapshot, however many pages are fetched. */
async function* storedPages<E extends DomainEvent, R extends Row>(
  transaction: Transaction,
  { catalogue, projection }: RebuildParts<E, R>,
  scope?: RebuildScope,
): AsyncGenerator<RecordedEvent[]> {
  const carried = catalogue.definitions.filter(({ topic }) => projection.topics.includes(topic));
  const aggregateTypes = [...new Set(carried.map(({ aggregateType }) => aggregateType))];
  await transaction.query(
    `declare stored_events no scroll cursor for
     select ${STORED_EVENT_COLUMNS} from event_store.events
     where aggregate_type = any($1) and ($2::text is null or tenant_id = $2) and ($3::text is null or aggregate_id = $3)
     order by tenant_id, aggregate_type, aggregate_id, sequence_number`,
    [aggregateTypes, scope?.tenantId ?? null, scope?.aggregateId ?? null],
  );
  for (;;) {
    const { rows } = await transaction.query<StoredEventRow>(`fetch ${PAGE_EVENTS} from stored_events`);
    if (rows.length > 0) yield rows.map((row) => consumedEvent(row, catalogue));
    if (rows.length < PAGE_EVENTS) break;
  }
  await transaction.query('close stored_events');
}
