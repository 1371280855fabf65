/**
 * A whole topic against what it must carry. The records go, stripped to their identity, into a temporary table, so that
 * memory does not grow with the topic and Postgres does the comparing:
 *
 *     lost           must be there, and is not
 *     invented       is there, and must not
 *     duplicated     is there more than once, without having been sent again on purpose
 *     out of order   came first behind a later version of its aggregate, without having been sent again
 *
 * An event that was sent again may lie on the topic twice, and behind later ones: counted apart, no failure.
 */
import { type PartitionRange, partitionRanges, scanTopics } from '@millrace/kafka';
import type { Database } from '@millrace/postgres';
import type { Logger } from '@millrace/telemetry';

/** What must be on a topic. */
export type TopicScope = {
  /** One connection: the temporary table belongs to its session. */
  readonly database: Database;
  readonly brokers: readonly string[];
  readonly logger: Logger;
  readonly topic: string;
  /** SQL with columns tenant_id, aggregate_type, aggregate_id, version, event_id, due (whether it must be there by now). */
  readonly expected: { readonly text: string; readonly values: readonly unknown[] };
  readonly tenantId?: string | undefined;
  /** `ce_type` of records that carry no event. */
  readonly canaryType: string;
};

/** An event as a report names it. */
export type EventName = {
  readonly tenantId: string;
  readonly aggregateType: string;
  readonly aggregateId: string;
  readonly version: number;
  readonly eventId: string;
};

/** How many of a kind there are, and some of them. */
export type Named<T> = { readonly count: number; readonly examples: readonly T[] };

/** What a topic holds, against what it must. */
export type TopicReport = {
  readonly topic: string;
  /** Events that must be there. */
  readonly expected: number;
  /** Records that carry an event. */
  readonly records: number;
  readonly lost: Named<EventName>;
  readonly invented: Named<EventName>;
  readonly duplicated: Named<EventName>;
  readonly outOfOrder: Named<EventName>;
  /** Records of events that were sent again on purpose, beyond the first. */
  readonly reemitted: number;
  /** Stored so recently that they may be on their way. */
  readonly pending: number;
};

const EXAMPLES = 5;
// Records of one insert.
const BATCH_RECORDS = 2_000;
const SCHEMA = `drop table if exists pg_temp.on_topic, pg_temp.expected;
  create temp table on_topic (partition integer, record_offset bigint, tenant_id text, aggregate_type text, aggregate_id text,
    version bigint, event_id text, epoch integer);
  create temp table expected (tenant_id text, aggregate_type text, aggregate_id text, version bigint, event_id text, due boolean);`;
// Before the events are selected, so that what comes meanwhile is not taken for lost.
const INDEXES = `create index on on_topic (event_id); create index on expected (event_id); analyze on_topic; analyze expected;`;

const LOST = `select e.* from expected e where due and not exists (select from on_topic o where o.event_id = e.event_id
  and o.tenant_id = e.tenant_id and o.aggregate_id = e.aggregate_id and o.version = e.version)`;
// A record of a timeline that a restore has ended is of no event that there is.
const INVENTED = `select o.* from on_topic o, event_store.epoch now where o.epoch >= now.epoch and not exists (
  select from expected e where e.event_id = o.event_id and e.tenant_id = o.tenant_id and e.aggregate_id = o.aggregate_id
    and e.version = o.version)`;
const REEMITTED = `exists (select from audit.reemissions r where r.event_id::text = o.event_id and r.topic = $1)`;
// Of what is not known, it is enough to say that; and a timeline that has ended has its own versions of an aggregate.
const KNOWN = `exists (select from expected e where e.event_id = o.event_id)`;
const DUPLICATED = `select min(tenant_id) as tenant_id, min(aggregate_type) as aggregate_type, min(aggregate_id) as aggregate_id,
    min(version) as version, o.event_id from on_topic o where ${KNOWN} and not ${REEMITTED} group by o.event_id having count(*) > 1`;
const OUT_OF_ORDER = `select o.* from (
    select *, max(version) over (partition by tenant_id, aggregate_type, aggregate_id order by record_offset
        rows between unbounded preceding and 1 preceding) as before,
      min(partition) over (partition by tenant_id, aggregate_type, aggregate_id) <> partition as astray
    from (select distinct on (event_id) * from on_topic o where ${KNOWN} order by event_id, record_offset) first) o
  where (o.before > o.version or o.astray) and not ${REEMITTED}`;

/** Reads the topic whole and compares. Errors: MillraceError `KAFKA_UNAVAILABLE`, `STORE_UNAVAILABLE`. */
export async function verifyTopic(scope: TopicScope): Promise<TopicReport> {
  const { database, brokers, topic, expected } = scope;
  await database.query(SCHEMA);
  await database.query(`insert into expected ${expected.text}`, [...expected.values]);
  // Taken after the events: what was due then lies before these ends.
  const ends = await partitionRanges({ brokers }, [topic]);
  await readInto(scope, ends);
  await database.query(INDEXES);
  const counts = await database.query<{ due: number; pending: number; records: number; reemitted: number }>(
    `select (select count(*) from expected where due) as due, (select count(*) from expected e where not due
         and not exists (select from on_topic o where o.event_id = e.event_id)) as pending,
       (select count(*) from on_topic) as records,
       (select coalesce(sum(n - 1), 0)::bigint from (select count(*) as n from on_topic o where ${REEMITTED} group by event_id) r) as reemitted`,
    [topic],
  );
  const { due = 0, pending = 0, records = 0, reemitted = 0 } = counts.rows[0] ?? {};
  const named = (sql: string) => eventsNamed(database, sql, topic);
  return {
    ...{ topic, expected: due, records, reemitted, pending },
    lost: await named(LOST),
    invented: await named(INVENTED),
    duplicated: await named(DUPLICATED),
    outOfOrder: await named(OUT_OF_ORDER),
  };
}

async function readInto(
  { database, brokers, logger, canaryType, tenantId }: TopicScope,
  ranges: readonly PartitionRange[],
): Promise<void> {
  // The session, and with it the table, must not be given up while Kafka is slow.
  const awake = setInterval(() => void database.query('select 1').catch(() => undefined), 3_000);
  try {
    await scanTopics({ brokers, logger, ranges, maxBatchRecords: BATCH_RECORDS }, async ({ partition, records }) => {
      const rows = records
        .filter(({ headers }) => headers.ce_type !== canaryType)
        .filter(({ headers }) => tenantId === undefined || headers.ce_tenantid === tenantId)
        .map(({ offset, key, headers }) => ({
          ...{
            partition,
            record_offset: offset,
            tenant_id: headers.ce_tenantid ?? '',
            event_id: (headers.ce_id ?? '').toLowerCase(),
          },
          ...{ aggregate_type: headers.ce_aggregatetype ?? '', aggregate_id: headers.ce_subject ?? key ?? '' },
          ...{ version: Number(headers.ce_aggregateversion) || 0, epoch: Number(headers.ce_epoch) || 1 },
        }));
      await database.query('insert into on_topic select * from jsonb_populate_recordset(null::on_topic, $1)', [
        JSON.stringify(rows).replaceAll('\\u0000', '\\ufffd'),
      ]);
    });
  } finally {
    clearInterval(awake);
  }
}

async function eventsNamed(database: Database, sql: string, topic: string): Promise<Named<EventName>> {
  const { rows } = await database.query<EventName & { count: number }>(
    `select tenant_id as "tenantId", aggregate_type as "aggregateType", aggregate_id as "aggregateId", version,
       event_id as "eventId", count(*) over () as count
     from (${sql}) x where $1::text is not null order by 1, 2, 3, 4 limit ${EXAMPLES}`,
    [topic],
  );
  return { count: rows[0]?.count ?? 0, examples: rows.map(({ count: _count, ...event }) => event) };
}
