import type { Database } from '@millrace/postgres';
import { STORED_EVENT_COLUMNS, type StoredEventRow } from '@millrace/stored-events';

/** The last event that was read. */
export type StorePlace = {
  readonly tenantId: string;
  readonly aggregateType: string;
  readonly aggregateId: string;
  readonly sequenceNumber: number;
};

/** Which events, after which place, and how many at most. */
export type StorePage = {
  readonly aggregateTypes: readonly string[];
  readonly after: StorePlace | undefined;
  readonly limit: number;
};

type Stretch = { tenantId: string; aggregateType: string };

/**
 * The next events of the store in the order tenant, type, aggregate, version; fewer than `limit` only at its end. Each
 * page is a snapshot of its own: of an aggregate it has what was committed then, without a gap.
 */
export async function readPage(
  database: Database,
  { aggregateTypes, after, limit }: StorePage,
): Promise<StoredEventRow[]> {
  const rows: StoredEventRow[] = [];
  let place: (Stretch & Partial<StorePlace>) | undefined = after ?? (await nextStretch(database, aggregateTypes));
  while (place && rows.length < limit) {
    rows.push(...(await readStretch(database, place, limit - rows.length)));
    if (rows.length < limit) place = await nextStretch(database, aggregateTypes, place);
  }
  return rows;
}

/** A range of the primary key, whatever else the store holds. */
async function readStretch(
  database: Database,
  { tenantId, aggregateType, aggregateId = '', sequenceNumber = 0 }: Stretch & Partial<StorePlace>,
  limit: number,
): Promise<StoredEventRow[]> {
  const { rows } = await database.query<StoredEventRow>({
    name: 'store page',
    text: `select ${STORED_EVENT_COLUMNS} from event_store.events
      where tenant_id = $1 and aggregate_type = $2 and (aggregate_id, sequence_number) > ($3, $4)
      order by aggregate_id, sequence_number limit $5`,
    values: [tenantId, aggregateType, aggregateId, sequenceNumber, limit],
  });
  return rows;
}

async function nextStretch(
  database: Database,
  aggregateTypes: readonly string[],
  after?: Stretch,
): Promise<Stretch | undefined> {
  const following = after && aggregateTypes[aggregateTypes.indexOf(after.aggregateType) + 1];
  if (following) return { tenantId: after.tenantId, aggregateType: following };
  const { rows } = await database.query<{ tenantId: string | null }>(
    `select min(tenant_id) as "tenantId" from event_store.events where tenant_id > $1`,
    [after?.tenantId ?? ''],
  );
  const [first] = aggregateTypes;
  const tenantId = rows[0]?.tenantId;
  return tenantId && first ? { tenantId, aggregateType: first } : undefined;
}
