import type { Database } from '@millrace/postgres';
import type { Metrics } from '@millrace/telemetry';

/** Events below the horizon: their number can only change with the timeline. */
type Settled = { readonly events: number; readonly horizon: string; readonly epoch: number };
type Found = { since: number; sinceHorizon: number; horizon: string; epoch: number; bytes: number };

const nothing: Settled = { events: 0, horizon: '0', epoch: 0 };

/**
 * One look at the size of the event store. Events are never removed, so only those are counted that came since the last
 * look: what lies below the oldest running transaction can no longer grow. A restore begins the count anew.
 */
export function storeSize({ database, metrics }: { database: Database; metrics: Metrics }): () => Promise<void> {
  const events = metrics.gauge({ name: 'millrace_event_store_events', help: 'Events in the store.' });
  const size = metrics.gauge({
    name: 'millrace_event_store_bytes',
    help: 'Room that the events take on disk, with their indexes.',
  });
  let settled = nothing;
  return async () => {
    let found = await countSince(database, settled);
    if (found.epoch !== settled.epoch) {
      settled = { ...nothing, epoch: found.epoch };
      found = await countSince(database, settled);
    }
    events.set(settled.events + found.since);
    size.set(found.bytes);
    settled = { ...found, events: settled.events + found.sinceHorizon };
  };
}

async function countSince(database: Database, { horizon }: Settled): Promise<Found> {
  const { rows } = await database.query<Found>(
    `with snapshot as (select pg_snapshot_xmin(pg_current_snapshot()) as horizon)
     select count(e.transaction_id) as since, count(e.transaction_id) filter (where e.transaction_id < s.horizon) as "sinceHorizon",
       s.horizon::text as horizon, (select epoch from event_store.epoch) as epoch,
       (select sum(pg_total_relation_size(relid)) from pg_partition_tree('event_store.events'))::float8 as bytes
     from snapshot s left join event_store.events e on e.transaction_id >= $1::text::xid8
     group by s.horizon`,
    [horizon],
  );
  return rows[0] as Found;
}
