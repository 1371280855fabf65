import type { Database } from '@millrace/postgres';

import type { Named } from './verify-topic.ts';

/** A stream that does not count 1, 2, 3 … */
export type BrokenStream = {
  readonly tenantId: string;
  readonly aggregateType: string;
  readonly aggregateId: string;
  readonly events: number;
  readonly head: number;
};

/** Whether the versions of every aggregate are 1 … n. */
export type StoreReport = { readonly streams: number; readonly events: number; readonly gaps: Named<BrokenStream> };

const EXAMPLES = 5;

/** Counts every stream of the store, or of one tenant. Errors as `Database.query`. */
export async function verifyStore(database: Database, tenantId?: string): Promise<StoreReport> {
  const { rows } = await database.query<
    BrokenStream & { streams: number; total: number; gaps: number; broken: boolean }
  >(
    `with streams as (
       select tenant_id, aggregate_type, aggregate_id, count(*) as events, max(sequence_number) as head
       from event_store.events where $1::text is null or tenant_id = $1 group by 1, 2, 3)
     select t.*, b.tenant_id is not null as broken, b.tenant_id as "tenantId", b.aggregate_type as "aggregateType",
       b.aggregate_id as "aggregateId", b.events, b.head
     from (select count(*) as streams, coalesce(sum(events), 0)::bigint as total, count(*) filter (where events <> head) as gaps from streams) t
     left join lateral (select * from streams where events <> head order by 1, 2, 3 limit ${EXAMPLES}) b on true`,
    [tenantId ?? null],
  );
  const { streams = 0, total = 0, gaps = 0 } = rows[0] ?? {};
  const examples = rows
    .filter(({ broken }) => broken)
    .map(({ tenantId: tenant, aggregateType, aggregateId, events, head }) => ({
      ...{ tenantId: tenant, aggregateType, aggregateId, events, head },
    }));
  return { streams, events: total, gaps: { count: gaps, examples } };
}
