/**
 * What is newer than the restored events is taken back, in the transaction of the restore. Every statement takes `$1`, the
 * tenant that is restored, or null for all.
 */
import type { Transaction } from '@millrace/postgres';

/** SQL: version of the newest event that the store has of the aggregate of a row. */
const head = (row: string): string => `coalesce((
  select max(sequence_number) from event_store.events e where e.tenant_id = ${row}.tenant_id
     and e.aggregate_type = ${row}.aggregate_type and e.aggregate_id = ${row}.aggregate_id), 0)`;

/**
 * Ledgers, snapshots and parked events end where the events end. Else the first event of the new timeline, which has the
 * number of a lost one, would be taken for one that was handled.
 */
export async function cutToHeads(transaction: Transaction, tenant: string | null): Promise<void> {
  for (const sql of [
    `update consumer.aggregate_versions v set version = ${head('v')}
      where ($1::text is null or v.tenant_id = $1) and v.version > ${head('v')} and ${head('v')} > 0`,
    `delete from consumer.aggregate_versions v where ($1::text is null or v.tenant_id = $1) and ${head('v')} = 0`,
    `delete from event_store.snapshots s where ($1::text is null or s.tenant_id = $1) and s.sequence_number > ${head('s')}`,
    `delete from consumer.parked_events p where ($1::text is null or p.tenant_id = $1) and p.sequence_number > ${head('p')}`,
  ])
    await transaction.query(sql, [tenant]);
}

/** What was only noted after the moment: answers and promises to senders of commands. */
export async function cutLogs(transaction: Transaction, tenant: string | null, until: string): Promise<void> {
  for (const sql of [
    `delete from event_store.idempotency_keys where ($1::text is null or tenant_id = $1) and created_at > $2`,
    `delete from command.pending_commands where ($1::text is null or tenant_id = $1) and created_at > $2`,
    // Carried out after the moment means: not carried out in the restored store.
    `update command.pending_commands set status = 'pending', answer = null, finished_at = null, leased_until = null
      where ($1::text is null or tenant_id = $1) and finished_at > $2`,
  ])
    await transaction.query(sql, [tenant, until]);
}

/**
 * State of sagas that is newer than the moment, where no backup has an older one. An instance that did nothing since is as
 * it was. One that began later goes. Of the others it cannot be known what they were like: a person must look at them.
 */
export async function cutSagas(transaction: Transaction, tenant: string | null, until: string): Promise<void> {
  for (const sql of [
    `delete from saga.instances where ($1::text is null or tenant_id = $1) and started_at > $2`,
    `delete from saga.remembered_events where ($1::text is null or tenant_id = $1) and remembered_at > $2`,
    `delete from saga.commands where ($1::text is null or tenant_id = $1) and created_at > $2`,
    `update saga.commands set status = 'pending', settled_at = null, due_at = clock_timestamp()
      where ($1::text is null or tenant_id = $1) and settled_at > $2`,
    `update saga.commands c set status = 'dropped', settled_at = clock_timestamp(), last_error = 'the store was restored to an earlier moment'
       from saga.instances i where ($1::text is null or c.tenant_id = $1) and c.status = 'pending' and i.updated_at > $2
        and (c.saga, c.tenant_id, c.instance_id) = (i.saga, i.tenant_id, i.instance_id)`,
    `update saga.instances set status = 'failed', timeout_at = null,
            failure = 'the store was restored to a moment before the last step of this process'
      where ($1::text is null or tenant_id = $1) and updated_at > $2`,
  ])
    await transaction.query(sql, [tenant, until]);
}
