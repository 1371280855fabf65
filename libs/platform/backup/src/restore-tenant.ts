/**
 * Brings back what one tenant has lost, beside the others and while they work, in one transaction:
 *
 *     hold the groups with effects ─▶ missing events, other rows ─▶ no gap, no stranger ─▶ cut back ─▶ epoch + 1 ─▶ commit
 *
 * Rows are only added. Nothing is put into the outbox: what topics lack, the auditor finds. Positions stay, so nobody is
 * told anything again. The epoch counts on, because events that are lost for good are on the topics, and the next ones
 * bear their numbers.
 */
import type { Database, Transaction } from '@millrace/postgres';

import { EVENTS } from './backup-tables.ts';
import { cutToHeads } from './cut-back.ts';
import { eventsOfChain, storedUntil } from './event-stream.ts';
import { refused, type RestorePlan } from './restore-plan.ts';
import { insertRows, rowsOf } from './restore-rows.ts';
import { noteRestore, reportOf, type RestoreReport } from './restore-store.ts';
import type { TextRow } from './row-codec.ts';

/** Which tenant, and which groups must not work on it meanwhile. */
export type TenantRestore = {
  readonly tenant: string;
  /** Sagas and publishers. */
  readonly effectGroups: readonly string[];
};

const TENANT_TABLES = [
  'event_store.snapshots',
  'event_store.idempotency_keys',
  'command.pending_commands',
  'saga.instances',
  'saga.correlation_keys',
  'saga.remembered_events',
  'saga.commands',
  'consumer.aggregate_versions',
];

/**
 * Restores one tenant. Its read models must be rebuilt afterwards.
 * @param database as the owner
 * @throws MillraceError `RESTORE_REFUSED` when the store holds other events under the same numbers, or a gap would stay;
 *   `BACKUP_DAMAGED`; nothing has changed then
 */
export async function restoreTenant(
  database: Database,
  plan: RestorePlan,
  { tenant, effectGroups }: TenantRestore,
): Promise<RestoreReport> {
  const startedAt = performance.now();
  const isOwn = (row: TextRow): boolean => row['tenant_id'] === tenant;
  const counts = await database.transaction(async (transaction) => {
    // A batch under way ends first, and the next one sees what is restored here.
    await transaction.query(
      `select from consumer.positions where consumer_group = any($1) order by consumer_group, topic, partition for update`,
      [effectGroups],
    );
    const rowsOfEvents = storedUntil(eventsOfChain(plan.chain), plan.until);
    const missing = missingEvents(transaction, rowsOfEvents, isOwn);
    const events = await insertRows(transaction, { table: EVENTS, rows: missing });
    await assertGapless(transaction, tenant);
    let rows = 0;
    for (const table of TENANT_TABLES) {
      const source = rowsOf(table.startsWith('event_store.') ? plan.last : plan.state, table);
      rows += await insertRows(transaction, { table, rows: source, wanted: isOwn, keepPresent: true });
    }
    await cutToHeads(transaction, tenant);
    await transaction.query('update event_store.epoch set epoch = epoch + 1');
    await noteRestore(transaction, plan, { tenant, events });
    return { events, rows };
  });
  return reportOf(plan, { tenant, ...counts, seconds: (performance.now() - startedAt) / 1_000 });
}

const PAGE_EVENTS = 1_000;

/** Of the tenant's events, those that the store has not. @throws MillraceError `RESTORE_REFUSED` where it has others */
async function* missingEvents(
  transaction: Transaction,
  events: AsyncIterable<TextRow>,
  isOwn: (row: TextRow) => boolean,
): AsyncGenerator<TextRow> {
  let page: TextRow[] = [];
  for await (const event of events) {
    if (!isOwn(event)) continue;
    page.push(event);
    if (page.length < PAGE_EVENTS) continue;
    yield* await withoutPresent(transaction, page);
    page = [];
  }
  yield* await withoutPresent(transaction, page);
}

async function withoutPresent(transaction: Transaction, page: readonly TextRow[]): Promise<TextRow[]> {
  const column = (name: string): unknown[] => page.map((row) => row[name]);
  const { rows } = await transaction.query<{ place: number; event_id: string }>(
    `select w.place::integer as place, e.event_id
       from unnest($1::text[], $2::text[], $3::text[], $4::bigint[]) with ordinality
            as w (tenant_id, aggregate_type, aggregate_id, sequence_number, place)
       join event_store.events e using (tenant_id, aggregate_type, aggregate_id, sequence_number)`,
    ['tenant_id', 'aggregate_type', 'aggregate_id', 'sequence_number'].map(column),
  );
  const present = new Map(rows.map(({ place, event_id }) => [place - 1, event_id]));
  const stranger = page.find((row, index) => present.has(index) && present.get(index) !== row['event_id']);
  if (stranger) {
    const { aggregate_type: type, aggregate_id: id, sequence_number: version } = stranger;
    throw refused(`version ${version} of ${type} ${id} is another event now: the tenant has gone on since`);
  }
  return page.filter((_, index) => !present.has(index));
}

async function assertGapless(transaction: Transaction, tenant: string): Promise<void> {
  const { rows } = await transaction.query<{ stream: string; count: number; head: number }>(
    `select aggregate_type || ' ' || aggregate_id as stream, count(*) as count, max(sequence_number) as head
       from event_store.events where tenant_id = $1 group by aggregate_type, aggregate_id
     having count(*) <> max(sequence_number) limit 5`,
    [tenant],
  );
  if (rows.length === 0) return;
  const gaps = rows.map(({ stream, count, head }) => `${stream} would have ${count} of ${head} events`);
  throw refused(`${gaps.join('; ')}: take a newer backup, or a later moment`);
}
