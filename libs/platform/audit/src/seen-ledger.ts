/**
 * `audit.seen`: which versions of each aggregate are on a topic. Asked and written once per batch, by primary key:
 * `offset 0` and `lateral` keep the look-ups what they are, because a young table has no statistics.
 */
import type { Transaction } from '@millrace/postgres';

import type { AuditedRecord, KnownEvent, SeenVersion } from './judge-batch.ts';

const LOAD_KNOWN = `select e.event_id::text as "storedEventId", coalesce(s.versions @> w.version, false) as seen,
    coalesce(upper(s.versions) - 1, 0) as "highestSeen",
    exists (select from audit.reemissions r where r.event_id = w.event_id and r.topic = $1) as reemitted
  from rows from (unnest($2::text[]), unnest($3::text[]), unnest($4::text[]), unnest($5::bigint[]), unnest($6::uuid[]))
    with ordinality as w (tenant_id, aggregate_type, aggregate_id, version, event_id, place)
  left join lateral (
    select event_id from event_store.events e where e.tenant_id = w.tenant_id and e.aggregate_type = w.aggregate_type
      and e.aggregate_id = w.aggregate_id and e.sequence_number = w.version offset 0) e on true
  left join lateral (
    select versions from audit.seen s where s.topic = $1 and s.tenant_id = w.tenant_id
      and s.aggregate_type = w.aggregate_type and s.aggregate_id = w.aggregate_id offset 0) s on true
  order by w.place`;

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** What is known about each record, in their order. */
export async function loadKnown(
  transaction: Transaction,
  topic: string,
  records: readonly AuditedRecord[],
): Promise<KnownEvent[]> {
  if (records.length === 0) return [];
  const { rows } = await transaction.query<KnownEvent>({
    name: 'audit known',
    text: LOAD_KNOWN,
    values: [
      topic,
      records.map(({ tenantId }) => tenantId),
      records.map(({ aggregateType }) => aggregateType),
      records.map(({ aggregateId }) => aggregateId),
      records.map(({ version }) => version),
      records.map(({ eventId }) => (UUID.test(eventId) ? eventId : null)),
    ],
  });
  return rows;
}

const SAVE_SEEN = `insert into audit.seen as s (topic, tenant_id, aggregate_type, aggregate_id, versions)
  select $1, tenant_id, aggregate_type, aggregate_id, range_agg(int8range(version, version, '[]'))
  from rows from (unnest($2::text[]), unnest($3::text[]), unnest($4::text[]), unnest($5::bigint[]))
    as w (tenant_id, aggregate_type, aggregate_id, version)
  group by tenant_id, aggregate_type, aggregate_id
  on conflict (topic, tenant_id, aggregate_type, aggregate_id) do update set versions = s.versions + excluded.versions`;

/** Adds versions, in one statement. Aggregates of a batch are in one partition, whose position the caller holds. */
export async function saveSeen(transaction: Transaction, topic: string, seen: readonly SeenVersion[]): Promise<void> {
  if (seen.length === 0) return;
  await transaction.query({
    name: 'audit seen',
    text: SAVE_SEEN,
    values: [
      topic,
      seen.map(({ tenantId }) => tenantId),
      seen.map(({ aggregateType }) => aggregateType),
      seen.map(({ aggregateId }) => aggregateId),
      seen.map(({ version }) => version),
    ],
  });
}
