/**
 * The last look before a switch: the table that shall be read must not lack what the live group has applied. Other
 * differences are no reason to refuse: that the live table is wrong may be why it was made anew.
 */
import type { StreamId } from '@millrace/core';
import type { Transaction } from '@millrace/postgres';

import { type NamedDifference, suspects } from './compare-sides.ts';
import { aggregateTypesOf, type FleetParts } from './fleet-parts.ts';
import { refused } from './meeting.ts';
import { groupOf, type Side } from './side.ts';

// As many rows and aggregates are looked up in the store.
const MOST_LOOKED_UP = 1_000;
const MOST_NAMED = 10;

/** @throws MillraceError `REBUILD_REFUSED` naming aggregates that the side has not seen as far as the live group */
export async function assertNotBehind(transaction: Transaction, parts: FleetParts, side: Side): Promise<void> {
  const behind = [
    ...(await laterInLedger(transaction, parts, side)),
    ...(parts.projection.rowPer === 'aggregate' ? await laterInRows(transaction, parts, side) : []),
  ];
  if (behind.length === 0) return;
  const named = behind
    .slice(0, MOST_NAMED)
    .map(({ tenantId, aggregateType, aggregateId }) => `${tenantId}/${aggregateType}/${aggregateId}`);
  const message =
    `the ${side} table of ${parts.projection.name} lacks events that the live one has, of ${named.join(', ')}` +
    (behind.length > MOST_NAMED ? ' and others' : '');
  throw refused(message, { aggregates: behind });
}

/** Aggregates of the ledger that the live group has applied further, and of which the store has what is missing. */
async function laterInLedger(transaction: Transaction, { projection }: FleetParts, side: Side): Promise<StreamId[]> {
  if (projection.rowPer === 'aggregate') return [];
  const { rows } = await transaction.query<StreamId>(
    `select l.tenant_id as "tenantId", l.aggregate_type as "aggregateType", l.aggregate_id as "aggregateId"
     from consumer.aggregate_versions l
     left join consumer.aggregate_versions o on o.consumer_group = $2 and o.tenant_id = l.tenant_id
       and o.aggregate_type = l.aggregate_type and o.aggregate_id = l.aggregate_id
     where l.consumer_group = $1 and coalesce(o.version, 0) < l.version and exists (
       select from event_store.events e where e.tenant_id = l.tenant_id and e.aggregate_type = l.aggregate_type
         and e.aggregate_id = l.aggregate_id and e.sequence_number > coalesce(o.version, 0))
     limit $3`,
    [groupOf(projection, 'live'), groupOf(projection, side), MOST_LOOKED_UP],
  );
  return rows;
}

/** The same for rows that are one aggregate each: their own version tells, or the ledger where the row is gone. */
async function laterInRows(transaction: Transaction, parts: FleetParts, side: Side): Promise<StreamId[]> {
  const found = await suspects(transaction, { shape: parts.projection, side, most: MOST_LOOKED_UP });
  const { rows } = await transaction.query<StreamId>(
    `select e.tenant_id as "tenantId", e.aggregate_type as "aggregateType", e.aggregate_id as "aggregateId"
     from jsonb_to_recordset($1) as r (tenant text, ids text[], live bigint, other bigint)
     cross join lateral (
       select tenant_id, aggregate_type, aggregate_id, max(sequence_number) as head from event_store.events
       where tenant_id = r.tenant and aggregate_type = any($4) and aggregate_id = any(r.ids) group by 1, 2, 3
     ) e
     left join consumer.aggregate_versions l on l.consumer_group = $2 and l.tenant_id = e.tenant_id
       and l.aggregate_type = e.aggregate_type and l.aggregate_id = e.aggregate_id
     left join consumer.aggregate_versions o on o.consumer_group = $3 and o.tenant_id = e.tenant_id
       and o.aggregate_type = e.aggregate_type and o.aggregate_id = e.aggregate_id
     where greatest(o.version, r.other, 0) < least(greatest(l.version, r.live, 0), e.head)`,
    [
      JSON.stringify(found.map(lookedUp)),
      groupOf(parts.projection, 'live'),
      groupOf(parts.projection, side),
      aggregateTypesOf(parts),
    ],
  );
  return rows;
}

function lookedUp({ key, live, other }: NamedDifference) {
  const version = (row: NamedDifference['live']) => (row ? Number(row['version']) : null);
  return { tenant: key['tenant_id'], ids: Object.values(key).map(String), live: version(live), other: version(other) };
}
