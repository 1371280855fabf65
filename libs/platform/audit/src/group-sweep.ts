/**
 * Groups against the store, event by event: once a group has read past the horizon, it must have applied every event
 * below it that is on the topic, unless the aggregate is parked. Whoever moved a position by hand is found by that.
 *
 * A group that lags, is paused, or reads its topics again waits where it stands. Under more load than a round may check,
 * the sweep takes the first page and leaves out the rest: the samples of rows and `verify --full` still cover that.
 */
import { loadPositions } from '@millrace/consumer';
import type { EventCatalogue, StreamId } from '@millrace/core';
import type { Database } from '@millrace/postgres';
import { aggregateTypesOn, type CheckedGroup, checkStreams, type StreamMismatch } from '@millrace/verification';

import { type Finding, type StoredFinding, writeFindings } from './findings.ts';
import { hasPassed, type Horizon } from './horizon.ts';
import { loadPlace, type SweepPlace } from './sweep-place.ts';

/** What the sweep works with. */
export type GroupSweepParts = {
  readonly database: Database;
  readonly catalogue: EventCatalogue;
  /** Younger events are left for the next sweep. */
  readonly olderThanSeconds: number;
  /** Most events per group and round. Default 1,000. */
  readonly pageEvents?: number;
};

/** What one round about one group did. */
export type GroupSweepReport = {
  /** Whether the group has read far enough to be judged. */
  readonly current: boolean;
  readonly checked: number;
  /** Whether events were left out because there were too many. */
  readonly leftOut: boolean;
  /** Those that were not known. */
  readonly findings: readonly StoredFinding[];
};

type Page = SweepPlace & {
  readonly found: number;
  readonly ripe: number;
  readonly suspects: readonly StreamId[];
};

const PAGE_EVENTS = 1_000;
const MOST_SUSPECTS = 200;
const NOTHING = { current: false, checked: 0, leftOut: false, findings: [] };

/** Checks what has come below the horizon since the last round. Errors as `Database.query`. */
export async function sweepGroup(
  parts: GroupSweepParts,
  checked: CheckedGroup,
  horizon: Horizon,
): Promise<GroupSweepReport> {
  if (!(await hasReadAll(parts.database, checked, horizon))) return NOTHING;
  const pageEvents = parts.pageEvents ?? PAGE_EVENTS;
  const page = await readPage(parts, checked, horizon);
  if (!page) return { ...NOTHING, current: true };
  const { mismatches } = await checkStreams(
    { ...parts, checked, appliedBelow: horizon.transactionId },
    page.suspects.slice(0, MOST_SUSPECTS),
  );
  const findings = mismatches.map((mismatch) => groupFinding(checked, mismatch));
  const written = await writeFindings(parts.database, findings);
  const leftOut = page.found === pageEvents && page.ripe === page.found;
  // Past the horizon: what has just been left out is not taken up again.
  const place = leftOut ? { transactionId: horizon.transactionId, globalPosition: 0 } : page;
  await parts.database.query(
    `update audit.sweeps set transaction_id = $2::xid8, global_position = $3, updated_at = clock_timestamp() where sweep = $1`,
    [sweepName(checked), place.transactionId, place.globalPosition],
  );
  return { current: true, checked: page.ripe, leftOut, findings: written };
}

/** Whether a group stands behind everything that the horizon vouches for. */
export async function hasReadAll(
  database: Database,
  { group, topics }: CheckedGroup,
  { ends }: Horizon,
): Promise<boolean> {
  const positions = await loadPositions(database, group);
  const own = ends.filter(({ topic }) => topics.includes(topic));
  return positions.length > 0 && hasPassed(positions, own);
}

/** A mismatch as a finding. */
export function groupFinding({ group }: CheckedGroup, { kind, detail, ...stream }: StreamMismatch): Finding {
  return { kind, group, ...stream, detail };
}

const sweepName = ({ group }: CheckedGroup) => `group:${group}`;

/** SQL: the version that the group's row of event `e` reflects; 0 where it has no such row. */
function rowVersion({ projection }: CheckedGroup): string {
  const id = projection?.keyColumns.find((column) => column !== 'tenant_id');
  if (projection?.rowPer !== 'aggregate' || id === undefined) return '(select 0::bigint as version)';
  return `(select version from read_model.${projection.table} t where t.tenant_id = e.tenant_id and t.${id} = e.aggregate_id offset 0)`;
}

async function readPage(
  { database, catalogue, olderThanSeconds, pageEvents = PAGE_EVENTS }: GroupSweepParts,
  checked: CheckedGroup,
  horizon: Horizon,
): Promise<Page | undefined> {
  // Those of the store and the outbox are there from the beginning; which groups there are, nobody knows.
  await database.query('insert into audit.sweeps (sweep) values ($1) on conflict do nothing', [sweepName(checked)]);
  const place = await loadPlace(database, sweepName(checked));
  const types = aggregateTypesOn(catalogue, checked.topics);
  const topics = types.map((type) => topicOf(catalogue, type, checked.topics));
  const { rows } = await database.query<Page>({
    name: `sweep ${checked.group}`,
    text: `with page as materialized (
        select *, row_number() over (order by transaction_id, global_position) as place from (
          select tenant_id, aggregate_type, aggregate_id, sequence_number, transaction_id, global_position,
            created_at < clock_timestamp() - make_interval(secs => $3) as old
          from event_store.events
          where (transaction_id, global_position) > ($1::xid8, $8::bigint) and transaction_id < $2::xid8
            and aggregate_type = any($5::text[])
          order by transaction_id, global_position limit $4) e),
      ripe as (select * from page where place < coalesce((select min(place) from page where not old), $4 + 1)),
      suspects as (
        select distinct e.tenant_id, e.aggregate_type, e.aggregate_id from ripe e
        join unnest($5::text[], $6::text[]) as c (aggregate_type, topic) using (aggregate_type)
        left join lateral (select version from consumer.aggregate_versions v where v.consumer_group = $7 and v.tenant_id = e.tenant_id
          and v.aggregate_type = e.aggregate_type and v.aggregate_id = e.aggregate_id offset 0) v on true
        left join lateral ${rowVersion(checked)} r on true
        left join lateral (select s.versions @> e.sequence_number as seen from audit.seen s where s.topic = c.topic
          and s.tenant_id = e.tenant_id and s.aggregate_type = e.aggregate_type and s.aggregate_id = e.aggregate_id offset 0) s on true
        where greatest(v.version, r.version, 0) < e.sequence_number and s.seen)
      select (select count(*) from page) as found, (select count(*) from ripe) as ripe,
        l.transaction_id::text as "transactionId", l.global_position as "globalPosition",
        (select coalesce(jsonb_agg(jsonb_build_object('tenantId', tenant_id, 'aggregateType', aggregate_type, 'aggregateId', aggregate_id)), '[]')
           from suspects) as suspects
      from (select transaction_id, global_position from ripe order by place desc limit 1) l`,
    values: [
      ...[place.transactionId, horizon.transactionId, olderThanSeconds, pageEvents],
      ...[types, topics, checked.group, place.globalPosition],
    ],
  });
  return rows[0];
}

function topicOf(catalogue: EventCatalogue, type: string, topics: readonly string[]): string {
  const carried = catalogue.definitions.find(
    ({ aggregateType, topic }) => aggregateType === type && topics.includes(topic),
  );
  return carried?.topic ?? '';
}
