/** Rows that gather many aggregates of a tenant against a replay of all that the group has applied, in one snapshot. */
import { consumedEvent } from '@millrace/consumer';
import { type DomainEvent, type EventCatalogue, foldEvent, type Projection, type Row } from '@millrace/core';
import type { Database, Transaction } from '@millrace/postgres';
import { STORED_EVENT_COLUMNS, type StoredEventRow } from '@millrace/stored-events';

import { aggregateTypesOn } from './aggregate-types.ts';
import { inSnapshot } from './check-streams.ts';
import { compareProjection, type ProjectionComparison } from './compare-projection.ts';

/** What the check works with. */
export type GroupRowsParts = {
  readonly database: Database;
  readonly catalogue: EventCatalogue;
  readonly projection: Projection<DomainEvent, Row>;
};

/** What the check of one tenant came to. */
export type GroupRowsCheck = ProjectionComparison & { readonly events: number };

const PAGE_EVENTS = 1_000;

/**
 * Compares all rows of a tenant. Holds the tenant's rows in memory, never its events.
 * @param mostEvents a tenant with more is not compared: `undefined`
 */
export async function checkGroupRows(
  parts: GroupRowsParts,
  tenantId: string,
  mostEvents?: number,
): Promise<GroupRowsCheck | undefined> {
  const { database, catalogue, projection } = parts;
  const types = aggregateTypesOn(catalogue, projection.topics);
  return inSnapshot(database, async (transaction) => {
    if (mostEvents !== undefined && (await hasMore(transaction, tenantId, { types, mostEvents }))) return undefined;
    const expected = new Map<string, Row>();
    let events = 0;
    for await (const page of appliedEvents(transaction, { tenantId, types, group: projection.name })) {
      for (const row of page) take(expected, projection, consumedEvent(row, catalogue));
      events += page.length;
    }
    const { rows } = await transaction.query<{ row: Row }>(
      `select to_jsonb(t) as row from read_model.${projection.table} t where tenant_id = $1`,
      [tenantId],
    );
    return {
      ...compareProjection(
        projection,
        expected,
        rows.map(({ row }) => row),
      ),
      events,
    };
  });
}

function take(
  rows: Map<string, Row>,
  projection: Projection<DomainEvent, Row>,
  event: ReturnType<typeof consumedEvent>,
): void {
  const key = projection.key(event);
  const text = JSON.stringify(projection.keyColumns.map((column) => key[column]));
  const row = foldEvent(projection, rows.get(text), event);
  if (row) rows.set(text, row);
  else rows.delete(text);
}

async function hasMore(
  transaction: Transaction,
  tenantId: string,
  { types, mostEvents }: { readonly types: readonly string[]; readonly mostEvents: number },
): Promise<boolean> {
  const { rows } = await transaction.query<{ count: number }>(
    `select count(*) from (select from event_store.events where tenant_id = $1 and aggregate_type = any($2) limit $3) e`,
    [tenantId, types, mostEvents + 1],
  );
  return (rows[0]?.count ?? 0) > mostEvents;
}

/** What the group has applied of a tenant, each aggregate in order. One cursor is one snapshot. */
async function* appliedEvents(
  transaction: Transaction,
  { tenantId, types, group }: { readonly tenantId: string; readonly types: readonly string[]; readonly group: string },
): AsyncGenerator<StoredEventRow[]> {
  await transaction.query(
    `declare applied_events no scroll cursor for
     select ${STORED_EVENT_COLUMNS} from event_store.events e
      where tenant_id = $1 and aggregate_type = any($2) and sequence_number <= coalesce((
        select version from consumer.aggregate_versions v where v.consumer_group = $3 and v.tenant_id = e.tenant_id
          and v.aggregate_type = e.aggregate_type and v.aggregate_id = e.aggregate_id), 0)
      order by tenant_id, aggregate_type, aggregate_id, sequence_number`,
    [tenantId, types, group],
  );
  for (;;) {
    const { rows } = await transaction.query<StoredEventRow>(`fetch ${PAGE_EVENTS} from applied_events`);
    if (rows.length === 0) return;
    yield rows;
  }
}
