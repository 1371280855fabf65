/**
 * A rebuild beside the live table, which is read and kept all the while:
 *
 *     note positions ─▶ fold the store ─▶ indexes ─▶ catch up from the noted positions ─▶ compare ─▶ switch
 *
 * Why nothing is lost: an event that no page of the store held was committed after that page's snapshot, hence after the
 * positions were noted. The live group had not had it then, so its record lies behind them. Why nothing is doubled: every
 * row, or the ledger, tells the last version of its aggregate.
 *
 * A projection is a pure fold of rows, so nothing else happens again; what publishes or sends is never rebuilt.
 */
import { setTimeout as delay } from 'node:timers/promises';

import { areEqual, compareSides, mayMeet, type SidesComparison } from './compare-sides.ts';
import type { FleetParts } from './fleet-parts.ts';
import { foldStore } from './fold-store.ts';
import { Meetings, refused } from './meeting.ts';
import { makeIndexes, tableExists, tableOf } from './next-table.ts';
import {
  askToCancel,
  beat,
  beginOrResume,
  enter,
  loadRebuild,
  type RebuildRecord,
  removeRebuild,
  type RunOptions,
} from './rebuild-record.ts';
import { runAlone } from './runner-lock.ts';
import { groupOf, type Side, versionOf } from './side.ts';
import { switchTables } from './switch-tables.ts';

/** What a rebuild is doing. */
export type RebuildProgress =
  | {
      readonly phase: 'fold';
      readonly events: number;
      readonly eventsExpected: number;
      readonly perSecond: number;
      readonly etaSeconds: number;
    }
  | { readonly phase: 'index' }
  | { readonly phase: 'catch-up'; readonly recordsBehind: number }
  | { readonly phase: 'compare' }
  | { readonly phase: 'switch' };

/** How a rebuild is run. */
export type RebuildOptions = RunOptions & {
  /** Leaves both tables side by side. */
  readonly noSwitch?: boolean;
  readonly told?: (progress: RebuildProgress) => void;
};

/** What a rebuild made. */
export type BesideReport = {
  readonly projection: string;
  readonly rows: number;
  readonly events: number;
  /** Time spent reading and folding the store, over all runs. */
  readonly foldSeconds: number;
  readonly eventsPerSecond: number;
  /** Of this run, from its beginning to the switch. */
  readonly seconds: number;
  readonly switched: boolean;
  readonly comparison: SidesComparison;
};

// So long a difference may come from events that only one of the tables has seen.
const SETTLE_MS = 10_000;
const LOOK_AGAIN_MS = 500;
// Comparisons in a row that found the same, until that is how it is.
const STEADY = 4;
const CANCEL_PATIENCE_MS = 60_000;

/**
 * Rebuilds a projection beside its live table, or goes on with a rebuild that was interrupted, and switches to it. Rows
 * that differ are reported; a table that lacks events of the live one is never switched to.
 * @throws MillraceError `REBUILD_REFUSED`; Error naming the first event that the projection cannot apply; what the store
 * and Kafka throw. Running it again goes on behind the last page that was written.
 */
export async function rebuildBeside(parts: FleetParts, options: RebuildOptions): Promise<BesideReport> {
  const { database, projection } = parts;
  const startedAt = performance.now();
  return runAlone(database, projection, async () => {
    const begun = await beginOrResume(parts, options);
    if (begun.state === 'folding') await fold(parts, begun, options.told);
    const meetings = new Meetings(parts, 'next', async (behind) => {
      options.told?.({ phase: 'catch-up', recordsBehind: behind });
      await beat(database, begun);
    });
    try {
      const comparison = await compareOnce(parts, { meetings, told: options.told });
      await database.transaction((transaction) => enter(transaction, begun, 'ready'));
      const record = (await loadRebuild(database, projection)) ?? begun;
      if (!options.noSwitch) {
        options.told?.({ phase: 'switch' });
        await switchTables(parts, 'next', meetings);
      }
      const seconds = (performance.now() - startedAt) / 1_000;
      return report(record, { comparison, seconds, switched: !options.noSwitch });
    } finally {
      await meetings.end();
    }
  });
}

async function fold(parts: FleetParts, record: RebuildRecord, told: RebuildOptions['told']): Promise<void> {
  const { database, projection } = parts;
  const { eventsExpected } = record;
  await foldStore(parts, record, ({ events, perSecond }) => {
    const etaSeconds = perSecond > 0 ? Math.max(0, eventsExpected - events) / perSecond : 0;
    told?.({ phase: 'fold', events, eventsExpected, perSecond, etaSeconds });
  });
  told?.({ phase: 'index' });
  await database.transaction(async (transaction) => {
    await makeIndexes(transaction, projection);
    // A young table has no statistics, and what is prepared without them keeps its plan.
    await transaction.query(`analyze ${tableOf(projection, 'next')}`);
    await enter(transaction, record, 'catching-up');
  });
}

/** Compares until both are equal, differ in a way that time does not mend, or nothing has moved for a while. */
async function compareOnce(
  { projection }: FleetParts,
  { meetings, told, settleMs = SETTLE_MS, side = 'next' }: CompareRun,
): Promise<SidesComparison> {
  const deadline = performance.now() + settleMs;
  let found = '';
  let same = 0;
  for (;;) {
    told?.({ phase: 'compare' });
    const comparison = await meetings.snapshot((snapshot) => compareSides(snapshot, projection, side));
    const { named: _named, ...counts } = comparison;
    same = JSON.stringify(counts) === found ? same + 1 : 0;
    found = JSON.stringify(counts);
    const over = same >= STEADY || performance.now() > deadline;
    if (areEqual(comparison) || !mayMeet(comparison) || over) return comparison;
    await delay(LOOK_AGAIN_MS);
  }
}

type CompareRun = {
  readonly meetings: Meetings;
  readonly told?: RebuildOptions['told'] | undefined;
  readonly settleMs?: number;
  readonly side?: Side;
};

function report(
  { group, events, foldSeconds }: RebuildRecord,
  made: Pick<BesideReport, 'comparison' | 'seconds' | 'switched'>,
): BesideReport {
  const eventsPerSecond = foldSeconds > 0 ? Math.round(events / foldSeconds) : 0;
  return { projection: group, rows: made.comparison.otherRows, events, foldSeconds, eventsPerSecond, ...made };
}

/**
 * Compares the table of a finished fold, or the one before the last switch, with the live one, at the same place.
 * @param options.settleMs how long to wait for differences that come from events that only one has seen
 * @throws MillraceError `REBUILD_REFUSED` when there is no such table
 */
export async function compareBeside(
  parts: FleetParts,
  { side = 'next', settleMs = SETTLE_MS }: { readonly side?: 'next' | 'previous'; readonly settleMs?: number } = {},
): Promise<SidesComparison> {
  return withSide(parts, side, (meetings) => compareOnce(parts, { meetings, settleMs, side }));
}

/**
 * Switches to the table of a finished fold, or back to the one before the last switch, after it has caught up with the live
 * one. The two change places, so another switch back goes forward again.
 * @throws MillraceError `REBUILD_REFUSED` when there is no such table, when another version of the projection made it, and
 * when it lacks events of the live one
 */
export async function switchBeside(parts: FleetParts, side: 'next' | 'previous'): Promise<void> {
  return withSide(parts, side, (meetings) => switchTables(parts, side, meetings));
}

async function withSide<T>(
  parts: FleetParts,
  side: 'next' | 'previous',
  work: (meetings: Meetings) => Promise<T>,
): Promise<T> {
  return runAlone(parts.database, parts.projection, async () => {
    await assertComplete(parts, side);
    const meetings = new Meetings(parts, side);
    try {
      return await work(meetings);
    } finally {
      await meetings.end();
    }
  });
}

async function assertComplete({ database, projection }: FleetParts, side: 'next' | 'previous'): Promise<void> {
  const { name } = projection;
  const made =
    side === 'next' ? await finishedVersion(database, projection) : await previousVersion(database, projection);
  if (made === undefined) throw refused(`there is no finished ${side} table of ${name}`);
  const own = versionOf(projection);
  if (made !== own) throw refused(`version ${made} of ${name} made its ${side} table, and this is version ${own}`);
}

async function finishedVersion(
  database: FleetParts['database'],
  projection: FleetParts['projection'],
): Promise<number | undefined> {
  const record = await loadRebuild(database, projection);
  return record?.state === 'catching-up' || record?.state === 'ready' ? record.projectionVersion : undefined;
}

async function previousVersion(
  database: FleetParts['database'],
  projection: FleetParts['projection'],
): Promise<number | undefined> {
  if (!(await tableExists(database, projection, 'previous'))) return undefined;
  const { rows } = await database.query<{ version: number }>(
    'select projection_version as version from consumer.groups where consumer_group = $1',
    [groupOf(projection, 'previous')],
  );
  return rows[0]?.version;
}

/** Ends a rebuild, wherever it stands, and removes what it made. @returns whether there was one */
export async function cancelRebuild({
  database,
  projection,
}: Pick<FleetParts, 'database' | 'projection'>): Promise<boolean> {
  if (!(await askToCancel(database, projection))) return false;
  await runAlone(database, { ...projection, patienceMs: CANCEL_PATIENCE_MS }, () =>
    removeRebuild(database, projection),
  );
  return true;
}
