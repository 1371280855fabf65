/** Positions: `consumer.positions`, the authority on what a group has done. */
import { MillraceError, type RecordedEvent } from '@millrace/core';
import type { LastRecord, LogRecord, TopicPartition } from '@millrace/kafka';
import type { Database, Transaction } from '@millrace/postgres';

import { fitting } from './envelope.ts';

/** One partition as one group reads it. */
export type GroupPartition = TopicPartition & { readonly group: string };

/** Where a group stands, and the last event that brought it there. */
export type StoredPosition = TopicPartition & { readonly nextOffset: number; readonly lastEventTime: string | null };

/** A record of a partition: what it is known by when it is read again. `id` is its `ce_id`, empty where it has none. */
export type RecordMark = { readonly offset: number; readonly id: string };

/** The mark of a record. */
export function markOf({ offset, headers }: Pick<LogRecord, 'offset' | 'headers'>): RecordMark {
  return { offset, id: fitting(headers['ce_id'] ?? '') };
}

/** A mark as the consumer of the log takes it: with what is to be done where another record stands in its place. */
export function lastRecord({ offset, id }: RecordMark, changed: LastRecord['changed']): LastRecord {
  return { offset, is: (record) => markOf(record).id === id, changed };
}

/** When a position was moved: where the WAL ended, and the timeline of the store. */
export type Moved = { readonly lsn: number; readonly epoch: number };

/** SQL: where the WAL ends now. Not the transaction: one that began earlier may have waited for a later one. */
export const NOW_LSN = `pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint`;

/** Next offset of a partition; `undefined` before the first batch. Errors as `Database.query`. */
export async function loadPosition(database: Database, at: GroupPartition): Promise<number | undefined> {
  return (await loadMovedPosition(database, at)).nextOffset;
}

/** `loadPosition`, and when it was moved; where nothing is stored, that is now. Errors as `Database.query`. */
export async function loadMovedPosition(
  database: Database,
  at: GroupPartition,
): Promise<Moved & { readonly nextOffset?: number; readonly last?: RecordMark }> {
  const { rows } = await database.query<Moved & { nextOffset: number | null; last: RecordMark | null }>(
    `select p.next_offset as "nextOffset", consumer.store_epoch() as epoch,
       case when p.last_record_offset < p.next_offset
         then jsonb_build_object('offset', p.last_record_offset, 'id', p.last_record_id) end as last,
       coalesce(p.moved_lsn, ${NOW_LSN}) as lsn
     from (select) one
     left join consumer.positions p on p.consumer_group = $1 and p.topic = $2 and p.partition = $3`,
    [at.group, at.topic, at.partition],
  );
  const { nextOffset = null, last = null, lsn = 0, epoch = 1 } = rows[0] ?? {};
  return { lsn, epoch, ...(nextOffset !== null && { nextOffset }), ...(last && { last }) };
}

/** All positions of a group. Errors as `Database.query`. */
export async function loadPositions(database: Database, group: string): Promise<StoredPosition[]> {
  const { rows } = await database.query<StoredPosition>(
    `select topic, partition, next_offset as "nextOffset", last_event_time as "lastEventTime"
     from consumer.positions where consumer_group = $1 order by topic, partition`,
    [group],
  );
  return rows;
}

/**
 * The fence. Holds the position until the transaction ends, and only for the member that loaded it last: whoever lost
 * the partition meanwhile finds another offset. The first batch inserts the row, so that two first owners meet as well.
 * @returns epoch of the event store, asked for in the same statement
 * @throws MillraceError `POSITION_FENCED`
 */
export async function lockPosition(
  transaction: Transaction,
  at: GroupPartition,
  expected: number | undefined,
): Promise<number> {
  const key = [at.group, at.topic, at.partition];
  const found =
    expected === undefined
      ? await transaction.query<{ epoch: number }>({
          name: 'first position',
          text: `insert into consumer.positions (consumer_group, topic, partition, next_offset) values ($1, $2, $3, 0)
           on conflict do nothing returning consumer.store_epoch() as epoch`,
          values: key,
        })
      : await transaction.query<{ epoch: number }>({
          name: 'lock position',
          text: `select consumer.store_epoch() as epoch from consumer.positions
           where consumer_group = $1 and topic = $2 and partition = $3 and next_offset = $4 for update`,
          values: [...key, expected],
        });
  if (found.rows[0]) return found.rows[0].epoch;
  const message = `${at.group} has moved on in ${at.topic}/${at.partition}, this member stood at ${expected ?? 'its start'}`;
  throw new MillraceError('POSITION_FENCED', message, { facts: { ...at, expected } });
}

/**
 * Holds every position of a group until the transaction ends, in one order: batches under way end first, later ones wait.
 * A partition that was never read gets a row for its first batch to meet; `forgetUnread` takes it away again.
 * @param options.partitions of each topic
 */
export async function lockPositions(
  transaction: Transaction,
  group: string,
  { topics, partitions }: { readonly topics: readonly string[]; readonly partitions: number },
): Promise<void> {
  await transaction.query(
    `insert into consumer.positions as p (consumer_group, topic, partition, next_offset)
     select $1, topic, partition, 0 from unnest($2::text[]) topic, generate_series(0, $3::integer - 1) partition
     order by topic, partition
     on conflict (consumer_group, topic, partition) do update set next_offset = p.next_offset`,
    [group, topics, partitions],
  );
}

/** Removes the rows that `lockPositions` added: no batch leaves a position at 0. */
export async function forgetUnread(transaction: Transaction, group: string): Promise<void> {
  await transaction.query('delete from consumer.positions where consumer_group = $1 and next_offset = 0', [group]);
}

/**
 * Makes a group begin again with the first record of its topics. What it has applied is known by its version, so reading
 * it again changes nothing; members that run are fenced, and read their positions anew. For the owner of the database.
 * @returns number of positions that were given up
 */
export async function seekToBeginning(database: Database, group: string): Promise<number> {
  const { rowCount } = await database.query('delete from consumer.positions where consumer_group = $1', [group]);
  return rowCount ?? 0;
}

/**
 * Makes a group read a partition again from an offset on. Only backwards: what it has applied is known by its version, and
 * what it has not must not be passed. Members that run are fenced. For the owner of the database.
 * @returns whether the group stood there or further
 */
export async function seekBack(database: Database, at: GroupPartition, offset: number): Promise<boolean> {
  const { rowCount } = await database.query(
    `update consumer.positions set next_offset = $4, moved_lsn = ${NOW_LSN}, updated_at = clock_timestamp()
     where consumer_group = $1 and topic = $2 and partition = $3 and next_offset >= $4`,
    [at.group, at.topic, at.partition, offset],
  );
  return rowCount === 1;
}

/**
 * Makes a member of a group read a partition again from where its log begins, because it is not the log that was read.
 * What was applied is known by its version. Only while the position stands where the other log was noticed.
 */
export async function beginAgain(
  database: Database,
  at: GroupPartition,
  { first, offset }: { readonly first: number; readonly offset: number },
): Promise<void> {
  await database.query(
    `update consumer.positions set next_offset = $4, last_record_offset = null, last_record_id = null,
       moved_lsn = ${NOW_LSN}, updated_at = clock_timestamp()
     where consumer_group = $1 and topic = $2 and partition = $3 and last_record_offset = $5`,
    [at.group, at.topic, at.partition, first, offset],
  );
}

/**
 * Moves a locked position. `last` is the last event before it; without one (only markers were passed) it stays.
 * @returns where the WAL ended, as `Moved` has it
 */
export async function movePosition(
  transaction: Transaction,
  at: GroupPartition & { readonly nextOffset: number; readonly last?: RecordMark | undefined },
  last: Pick<RecordedEvent, 'eventId' | 'sequenceNumber' | 'occurredAt'> | undefined,
): Promise<number> {
  const { rows } = await transaction.query<{ lsn: number }>({
    name: 'move position',
    text: `update consumer.positions set next_offset = $4, moved_lsn = ${NOW_LSN}, updated_at = clock_timestamp(),
       last_event_id = coalesce($5, last_event_id), last_sequence_number = coalesce($6, last_sequence_number),
       last_event_time = coalesce($7, last_event_time), last_record_offset = coalesce($8, last_record_offset),
       last_record_id = coalesce($9, last_record_id)
     where consumer_group = $1 and topic = $2 and partition = $3
     returning moved_lsn as lsn`,
    values: [
      ...[at.group, at.topic, at.partition, at.nextOffset],
      ...[last?.eventId, last?.sequenceNumber, last?.occurredAt],
      ...[at.last?.offset, at.last?.id],
    ],
  });
  return rows[0]?.lsn ?? 0;
}
