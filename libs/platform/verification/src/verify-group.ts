/** A whole consumer group against the store: every stream, every row, page by page. */
import type { EventCatalogue, StreamId } from '@millrace/core';
import type { Database } from '@millrace/postgres';

import { aggregateTypesOn } from './aggregate-types.ts';
import { checkGroupRows, type GroupRowsCheck } from './check-group-rows.ts';
import { type CheckedGroup, checkStreams, type StreamMismatch } from './check-streams.ts';
import { extraRows } from './extra-rows.ts';
import { recordsBehind } from './records-behind.ts';
import type { Named } from './verify-topic.ts';

/** What to check a group with. */
export type GroupScope = {
  readonly database: Database;
  readonly brokers: readonly string[];
  readonly catalogue: EventCatalogue;
  readonly checked: CheckedGroup;
  readonly tenantId?: string | undefined;
  /** Transactions below which everything is due. */
  readonly dueBelow: string;
};

/** What is wrong in a group, by kind. */
export type GroupReport = {
  readonly group: string;
  readonly table: string | null;
  readonly streams: number;
  /** Rows that were compared. */
  readonly rows: number;
  /** Records that it has still to read: what is due is not asked of a group that lags. */
  readonly lag: number;
  /** Aggregates that it has set aside. */
  readonly parked: number;
  readonly paused: boolean;
  readonly skipped: Named<StreamMismatch>;
  readonly missing: Named<StreamMismatch>;
  readonly extra: Named<StreamMismatch>;
  readonly drifted: Named<StreamMismatch>;
};

const PAGE_STREAMS = 200;
const EXAMPLES = 5;

/** Errors: MillraceError `STORE_UNAVAILABLE`, `KAFKA_UNAVAILABLE`, `UNKNOWN_EVENT_TYPE`. */
export async function verifyGroup(scope: GroupScope): Promise<GroupReport> {
  const { database, checked } = scope;
  const lag = await recordsBehind(scope, checked);
  const found = new Mismatches();
  const counts = { streams: 0, rows: 0, parked: 0 };
  for await (const streams of streamPages(scope)) {
    const appliedBelow = lag === 0 ? scope.dueBelow : undefined;
    const check = await checkStreams({ ...scope, appliedBelow }, streams);
    counts.streams += streams.length;
    counts.rows += check.rows;
    counts.parked += check.parked;
    found.add(check.mismatches);
  }
  counts.rows += await verifyRows(scope, found);
  const paused = await isPaused(database, checked.group);
  return { group: checked.group, table: checked.projection?.table ?? null, ...counts, lag, paused, ...found.named() };
}

class Mismatches {
  readonly #counts = { position_skipped: 0, row_missing: 0, row_extra: 0, row_drifted: 0 };
  readonly #examples: StreamMismatch[] = [];

  add(mismatches: readonly StreamMismatch[]): void {
    for (const mismatch of mismatches) {
      this.#counts[mismatch.kind] += 1;
      if (this.#counts[mismatch.kind] <= EXAMPLES) this.#examples.push(mismatch);
    }
  }

  named(): Pick<GroupReport, 'skipped' | 'missing' | 'extra' | 'drifted'> {
    const of = (kind: StreamMismatch['kind']) => ({
      count: this.#counts[kind],
      examples: this.#examples.filter((one) => one.kind === kind),
    });
    return {
      skipped: of('position_skipped'),
      missing: of('row_missing'),
      extra: of('row_extra'),
      drifted: of('row_drifted'),
    };
  }
}

async function verifyRows(scope: GroupScope, found: Mismatches): Promise<number> {
  const { database, catalogue, checked, tenantId } = scope;
  const { projection, topics } = checked;
  if (!projection) return 0;
  if (projection.rowPer !== 'group') {
    found.add(await extraRows(database, projection, { types: aggregateTypesOn(catalogue, topics), tenantId }));
    return 0;
  }
  let rows = 0;
  for (const tenant of await tenantsOf(scope, projection.table)) {
    const check = await checkGroupRows({ database, catalogue, projection }, tenant);
    if (!check) continue;
    rows += check.expected;
    found.add(gatheredMismatches(tenant, check));
  }
  return rows;
}

/** What is wrong with the rows of a tenant that gather its aggregates, each named by its key. */
export function gatheredMismatches(tenantId: string, { missing, extra, drifted }: GroupRowsCheck): StreamMismatch[] {
  const row = (kind: StreamMismatch['kind'], what: string) => (key: string) => ({
    ...{ kind, tenantId, aggregateType: '', aggregateId: key, sequenceNumber: 0, detail: `row ${key} ${what}` },
  });
  return [
    ...missing.map(row('row_missing', 'is not there')),
    ...extra.map(row('row_extra', 'comes from no event')),
    ...drifted.map(({ key }) => key).map(row('row_drifted', 'differs from a replay')),
  ];
}

/** All streams that the group is told of, by key. */
async function* streamPages({ database, catalogue, checked, tenantId }: GroupScope): AsyncGenerator<StreamId[]> {
  const types = aggregateTypesOn(catalogue, checked.topics);
  let after: StreamId = { tenantId: '', aggregateType: '', aggregateId: '' };
  for (;;) {
    const { rows } = await database.query<StreamId>(
      `select tenant_id as "tenantId", aggregate_type as "aggregateType", aggregate_id as "aggregateId" from event_store.events
        where sequence_number = 1 and aggregate_type = any($1) and ($2::text is null or tenant_id = $2)
          and (tenant_id, aggregate_type, aggregate_id) > ($3, $4, $5)
        order by tenant_id, aggregate_type, aggregate_id limit $6`,
      [types, tenantId ?? null, after.tenantId, after.aggregateType, after.aggregateId, PAGE_STREAMS],
    );
    if (rows.length === 0) return;
    yield rows;
    after = rows.at(-1) ?? after;
  }
}

async function tenantsOf({ database, catalogue, checked, tenantId }: GroupScope, table: string): Promise<string[]> {
  if (tenantId !== undefined) return [tenantId];
  const { rows } = await database.query<{ tenantId: string }>(
    `select distinct tenant_id as "tenantId" from event_store.events where aggregate_type = any($1)
     union select distinct tenant_id from read_model.${table} order by 1`,
    [aggregateTypesOn(catalogue, checked.topics)],
  );
  return rows.map((row) => row.tenantId);
}

async function isPaused(database: Database, group: string): Promise<boolean> {
  const { rows } = await database.query<{ paused: boolean }>(
    'select paused from consumer.groups where consumer_group = $1',
    [group],
  );
  return rows[0]?.paused ?? false;
}
