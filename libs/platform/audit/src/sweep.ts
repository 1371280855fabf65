/**
 * Sweeps find holes: they walk once through what must be on the topics, in its own order and behind the horizon, and ask
 * the ledger for each. The store is walked by `(transaction_id, global_position)`; of topics that are not in the store
 * the outbox is, by `seq`, as long as its rows are kept.
 *
 * Where a sweep has come to is kept together with its findings, and only if nobody has forgotten what was seen meanwhile.
 */
import type { Database } from '@millrace/postgres';

import { type AuditedTopic, outboxOnly, topicByType } from './audited-topic.ts';
import { type Finding, writeFindings } from './findings.ts';
import type { Horizon } from './horizon.ts';
import { loadPlace, type SweepPlace } from './sweep-place.ts';

/** What a sweep works with. */
export type SweepParts = {
  readonly database: Database;
  readonly topics: readonly AuditedTopic[];
  /** Younger events are left for the next sweep. */
  readonly olderThanSeconds: number;
  /** Most events per statement. Default 2,000. */
  readonly pageEvents?: number;
};

/** What a sweep did. */
export type SweepReport = {
  readonly swept: number;
  /** By topic. */
  readonly holes: ReadonlyMap<string, number>;
  /** Whether there is nothing left to sweep for now. */
  readonly done: boolean;
  /** Whether what was seen has been forgotten meanwhile: the page counts for nothing, the horizon is to be taken anew. */
  readonly isVoid: boolean;
};

type Hole = {
  readonly topic: string;
  readonly tenantId: string;
  readonly aggregateType: string;
  readonly aggregateId: string;
  readonly sequenceNumber: number;
  readonly eventId: string;
};
type Page = SweepPlace & {
  readonly swept: number;
  readonly found: number;
  readonly missing: readonly Hole[];
};

const PAGE_EVENTS = 2_000;

const HOLE = `jsonb_build_object('topic', m.topic, 'tenantId', m.tenant_id, 'aggregateType', m.aggregate_type,
  'aggregateId', m.aggregate_id, 'sequenceNumber', m.sequence_number, 'eventId', m.event_id)`;

/** SQL: whether the ledger has row `m`. */
const SEEN = `left join lateral (
    select s.versions @> m.sequence_number as seen from audit.seen s where s.topic = m.topic and s.tenant_id = m.tenant_id
      and s.aggregate_type = m.aggregate_type and s.aggregate_id = m.aggregate_id offset 0) s on true`;

// $1, $2 the place, $3 the horizon, $4 age in seconds, $5 page, $6 and $7 aggregate types and their topics.
const STORE_PAGE = `with page as materialized (
    select *, row_number() over (order by transaction_id, global_position) as place from (
      select tenant_id, aggregate_type, aggregate_id, sequence_number, event_id, transaction_id, global_position,
        created_at < clock_timestamp() - make_interval(secs => $4) as old
      from event_store.events
      where (transaction_id, global_position) > ($1::xid8, $2::bigint) and transaction_id < $3::xid8
      order by transaction_id, global_position limit $5) e),
  ripe as (select * from page where place < coalesce((select min(place) from page where not old), $5 + 1))
  select (select count(*) from ripe) as swept, (select count(*) from page) as found,
    l.transaction_id::text as "transactionId", l.global_position as "globalPosition",
    (select coalesce(jsonb_agg(${HOLE} order by m.place), '[]')
       from (select r.*, t.topic from ripe r join unnest($6::text[], $7::text[]) as t (aggregate_type, topic) using (aggregate_type)) m
       ${SEEN} where s.seen is not true) as missing
  from (select transaction_id, global_position from ripe order by place desc limit 1) l`;

// $1 the place, $2 the horizon, $3 age in seconds, $4 page, $5 topics.
const OUTBOX_PAGE = `with page as materialized (
    select topic, ce_tenantid as tenant_id, ce_aggregatetype as aggregate_type, key as aggregate_id,
      ce_aggregateversion::bigint as sequence_number, id as event_id, seq as place,
      created_at < clock_timestamp() - make_interval(secs => $3) as old
    from outbox.outbox_messages where seq > $1::bigint and seq <= $2::bigint and topic = any($5::text[]) order by seq limit $4),
  ripe as (select * from page where place < coalesce((select min(place) from page where not old), 9223372036854775807))
  select (select count(*) from ripe) as swept, (select count(*) from page) as found, '0' as "transactionId",
    l.place as "globalPosition",
    (select coalesce(jsonb_agg(${HOLE} order by m.place), '[]') from ripe m ${SEEN} where s.seen is not true) as missing
  from (select place from ripe order by place desc limit 1) l`;

/** One page of the store. Errors as `Database.query`. */
export async function sweepStore(parts: SweepParts, horizon: Horizon): Promise<SweepReport> {
  const topics = [...topicByType(parts.topics)];
  return sweep(parts, { name: 'store', horizon }, (place) => ({
    name: 'sweep store',
    text: STORE_PAGE,
    values: [
      ...[place.transactionId, place.globalPosition, horizon.transactionId, parts.olderThanSeconds],
      ...[parts.pageEvents ?? PAGE_EVENTS, topics.map(([type]) => type), topics.map(([, topic]) => topic)],
    ],
  }));
}

/** One page of the outbox. Errors as `Database.query`. */
export async function sweepOutbox(parts: SweepParts, horizon: Horizon): Promise<SweepReport> {
  return sweep(parts, { name: 'outbox', horizon }, (place) => ({
    name: 'sweep outbox',
    text: OUTBOX_PAGE,
    values: [
      ...[place.globalPosition, horizon.outboxSeq, parts.olderThanSeconds],
      ...[parts.pageEvents ?? PAGE_EVENTS, outboxOnly(parts.topics)],
    ],
  }));
}

async function sweep(
  { database, pageEvents = PAGE_EVENTS }: SweepParts,
  { name, horizon }: { readonly name: 'store' | 'outbox'; readonly horizon: Horizon },
  pageAfter: (place: SweepPlace) => { name: string; text: string; values: unknown[] },
): Promise<SweepReport> {
  const place = await loadPlace(database, name);
  const { rows } = await database.query<Page>(pageAfter(place));
  const page = rows[0];
  if (!page) return { swept: 0, holes: new Map(), done: true, isVoid: false };
  const holes = page.missing.map(holeFinding);
  const kept = await database.transaction(async (transaction) => {
    const { rowCount } = await transaction.query(
      `update audit.sweeps set transaction_id = $3::xid8, global_position = $4, updated_at = clock_timestamp()
        where sweep = $1 and generation = $2`,
      [name, horizon.generation, page.transactionId, page.globalPosition],
    );
    if (rowCount === 1) await writeFindings(transaction, holes);
    return rowCount === 1;
  });
  if (!kept) return { swept: 0, holes: new Map(), done: false, isVoid: true };
  const byTopic = [...Map.groupBy(page.missing, ({ topic }) => topic)];
  return {
    swept: page.swept,
    holes: new Map(byTopic.map(([topic, missing]) => [topic, missing.length])),
    done: page.found < pageEvents || page.swept < page.found,
    isVoid: false,
  };
}

function holeFinding(hole: Hole): Finding {
  return { kind: 'hole', ...hole, detail: `event ${hole.eventId} is not on the topic` };
}

/** Closes holes that have been seen since, and cut logs that are whole again. @returns how many */
export async function resolveFilled(database: Database, sweptAll: boolean): Promise<number> {
  const holes = await database.query(
    `update audit.findings f set resolved_at = clock_timestamp() where kind = 'hole' and resolved_at is null and exists (
       select from audit.seen s where s.topic = f.topic and s.tenant_id = f.tenant_id and s.aggregate_type = f.aggregate_type
         and s.aggregate_id = f.aggregate_id and s.versions @> f.sequence_number)`,
  );
  if (!sweptAll) return holes.rowCount ?? 0;
  const logs = await database.query(
    `update audit.findings f set resolved_at = clock_timestamp() where kind = 'log_cut' and resolved_at is null and not exists (
       select from audit.findings h where h.kind = 'hole' and h.resolved_at is null and h.topic = f.topic)`,
  );
  return (holes.rowCount ?? 0) + (logs.rowCount ?? 0);
}
