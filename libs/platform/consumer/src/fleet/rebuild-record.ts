/**
 * The row of a rebuild in `consumer.rebuilds`:
 *
 *     absent ──begin──▶ folding ──store at its end──▶ catching-up ──stands where the live one stands──▶ ready
 *                          │                              │                                              │
 *                          └──────────── cancel ──────────┴──────────────────────────────────────────────┤
 *                                          ▼                                                             │ switch
 *                                      cancelling ──next table, positions and versions removed──▶ absent ◀┘
 *
 * A kill at any point leaves a state from which the next run goes on: each page of the fold commits with the cursor.
 */
import { randomUUID } from 'node:crypto';

import { MillraceError, type Projection } from '@millrace/core';
import type { Database, Transaction } from '@millrace/postgres';

import { aggregateTypesOf, type FleetParts } from './fleet-parts.ts';
import { copyPositions, forgetGroup } from './group-progress.ts';
import { discardNextTable, makeIndexes, makeNextTable } from './next-table.ts';
import { groupOf, versionOf } from './side.ts';
import type { StorePlace } from './store-pages.ts';

/** Where a rebuild stands. */
export type RebuildState = 'folding' | 'catching-up' | 'ready' | 'cancelling';

/** A rebuild as it is stored. */
export type RebuildRecord = {
  readonly group: string;
  readonly state: RebuildState;
  readonly projectionVersion: number;
  /** Last event of the store that is in the table. */
  readonly cursor: StorePlace | null;
  readonly events: number;
  /** Events of the store when it began. */
  readonly eventsExpected: number;
  readonly eventsPerSecond: number | null;
  /** Time spent folding. */
  readonly foldSeconds: number;
  readonly runner: string;
  readonly startedAt: string;
  readonly startedBy: string;
  readonly heartbeatAt: string;
};

const COLUMNS = `consumer_group as "group", state, projection_version as "projectionVersion", fold_cursor as cursor, events,
  events_expected as "eventsExpected", events_per_second as "eventsPerSecond", fold_seconds as "foldSeconds", runner,
  started_at as "startedAt", started_by as "startedBy", heartbeat_at as "heartbeatAt"`;

/** All rebuilds that are under way or wait for their switch. Errors as `Database.query`. */
export async function loadRebuilds(database: Database): Promise<RebuildRecord[]> {
  const { rows } = await database.query<RebuildRecord>(`select ${COLUMNS} from consumer.rebuilds order by 1`);
  return rows;
}

/** The rebuild of a projection, if there is one. */
export async function loadRebuild(
  database: Database,
  { name }: Pick<Projection, 'name'>,
): Promise<RebuildRecord | undefined> {
  const { rows } = await database.query<RebuildRecord>(
    `select ${COLUMNS} from consumer.rebuilds where consumer_group = $1`,
    [name],
  );
  return rows[0];
}

/** Who runs a rebuild, and how fast it may read the store. */
export type RunOptions = { readonly by: string; readonly eventsPerSecond?: number | undefined };

/**
 * Begins a rebuild, or takes up the one that is there. Positions are noted before the first event is read: whatever the
 * pages do not find was committed after their snapshot, hence comes to the topic behind these positions.
 * @throws MillraceError `REBUILD_REFUSED` when another version of the projection has begun it
 */
export async function beginOrResume(parts: FleetParts, { by, eventsPerSecond }: RunOptions): Promise<RebuildRecord> {
  const { database, projection } = parts;
  const existing = await loadRebuild(database, projection);
  if (existing?.state === 'cancelling') await removeRebuild(database, projection);
  else if (existing) return takeOver(parts, existing, eventsPerSecond);
  const expected = await countEvents(parts);
  await database.transaction(async (transaction) => {
    await transaction.query(
      `insert into consumer.rebuilds (consumer_group, state, projection_version, events_expected, events_per_second, runner, started_by)
       values ($1, 'folding', $2, $3, $4, $5, $6)`,
      [projection.name, versionOf(projection), expected, eventsPerSecond ?? null, randomUUID(), by],
    );
    await forgetGroup(transaction, groupOf(projection, 'next'));
    await makeNextTable(transaction, projection);
    // Rows that gather many aggregates are found again by their key while the store is folded.
    if (projection.rowPer === 'group') await makeIndexes(transaction, projection);
    await copyPositions(transaction, groupOf(projection, 'live'), groupOf(projection, 'next'));
  });
  return stored(database, projection);
}

async function takeOver(
  { database, projection }: FleetParts,
  { projectionVersion }: RebuildRecord,
  eventsPerSecond: number | undefined,
): Promise<RebuildRecord> {
  const own = versionOf(projection);
  if (projectionVersion !== own) {
    const message = `version ${projectionVersion} of ${projection.name} has begun a rebuild, and this is version ${own}: cancel it first`;
    throw new MillraceError('REBUILD_REFUSED', message);
  }
  await database.query(
    `update consumer.rebuilds set runner = $2, events_per_second = coalesce($3, events_per_second),
       heartbeat_at = clock_timestamp() where consumer_group = $1`,
    [projection.name, randomUUID(), eventsPerSecond ?? null],
  );
  return stored(database, projection);
}

async function stored(database: Database, projection: Pick<Projection, 'name'>): Promise<RebuildRecord> {
  const record = await loadRebuild(database, projection);
  if (!record) throw new MillraceError('REBUILD_REFUSED', `the rebuild of ${projection.name} was cancelled`);
  return record;
}

async function countEvents(parts: FleetParts): Promise<number> {
  const { rows } = await parts.database.query<{ count: number }>(
    'select count(*) from event_store.events where aggregate_type = any($1)',
    [aggregateTypesOf(parts)],
  );
  return rows[0]?.count ?? 0;
}

/** What one page adds. */
export type FoldedPage = { readonly cursor: StorePlace; readonly events: number; readonly seconds: number };

/**
 * Moves the cursor, in the transaction of the page's rows.
 * @throws MillraceError `REBUILD_REFUSED` when the rebuild was cancelled, or somebody else runs it now
 */
export async function advance(
  transaction: Transaction,
  { group, runner }: RebuildRecord,
  { cursor, events, seconds }: FoldedPage,
): Promise<void> {
  const { rowCount } = await transaction.query(
    `update consumer.rebuilds set fold_cursor = $3, events = events + $4, fold_seconds = fold_seconds + $5,
       heartbeat_at = clock_timestamp()
     where consumer_group = $1 and runner = $2 and state = 'folding'`,
    [group, runner, JSON.stringify(cursor), events, seconds],
  );
  if (rowCount !== 1) throw interrupted(group);
}

/** Moves to the next state. Errors as `advance`. */
export async function enter(
  transaction: Transaction,
  { group, runner }: RebuildRecord,
  state: RebuildState,
): Promise<void> {
  const { rowCount } = await transaction.query(
    `update consumer.rebuilds set state = $3, heartbeat_at = clock_timestamp()
     where consumer_group = $1 and runner = $2 and state <> 'cancelling'`,
    [group, runner, state],
  );
  if (rowCount !== 1) throw interrupted(group);
}

/** Shows that the rebuild is at work. Errors as `advance`. */
export async function beat(database: Database, { group, runner }: RebuildRecord): Promise<void> {
  const { rowCount } = await database.query(
    `update consumer.rebuilds set heartbeat_at = clock_timestamp()
     where consumer_group = $1 and runner = $2 and state <> 'cancelling'`,
    [group, runner],
  );
  if (rowCount !== 1) throw interrupted(group);
}

function interrupted(group: string): MillraceError {
  return new MillraceError('REBUILD_REFUSED', `the rebuild of ${group} was cancelled, or is run by somebody else now`);
}

/** Asks whoever runs a rebuild to end it. @returns whether there is one */
export async function askToCancel(database: Database, { name }: Pick<Projection, 'name'>): Promise<boolean> {
  const { rowCount } = await database.query(
    `update consumer.rebuilds set state = 'cancelling' where consumer_group = $1`,
    [name],
  );
  return rowCount === 1;
}

/** Removes what a rebuild has made. Nobody runs it. */
export async function removeRebuild(database: Database, projection: Pick<Projection, 'name' | 'table'>): Promise<void> {
  await database.transaction(async (transaction) => {
    await discardNextTable(transaction, projection);
    await forgetGroup(transaction, groupOf(projection, 'next'));
    await transaction.query('delete from consumer.rebuilds where consumer_group = $1', [projection.name]);
  });
}
