/** What a group has done, as a whole: positions, versions of aggregates, parked events. */
import type { Transaction } from '@millrace/postgres';

import { NOW_LSN } from '../position.ts';

const tables = ['positions', 'aggregate_versions', 'parked_events'] as const;

/** Forgets all of it. */
export async function forgetGroup(transaction: Transaction, group: string): Promise<void> {
  for (const table of tables)
    await transaction.query(`delete from consumer.${table} where consumer_group = $1`, [group]);
}

/**
 * Gives all of it to another group, which must have none. A batch that waits for one of the positions does not find it
 * any more, and is fenced.
 */
export async function renameGroup(transaction: Transaction, from: string, to: string): Promise<void> {
  for (const table of tables) {
    // Whoever stood there before must not take this for a position of the past.
    const moved = table === 'positions' ? `, moved_lsn = ${NOW_LSN}` : '';
    await transaction.query(`update consumer.${table} set consumer_group = $2${moved} where consumer_group = $1`, [
      from,
      to,
    ]);
  }
}

/** Makes a group stand where another one stands, having done nothing itself. */
export async function copyPositions(transaction: Transaction, from: string, to: string): Promise<void> {
  await transaction.query(
    `insert into consumer.positions (consumer_group, topic, partition, next_offset, last_event_id, last_sequence_number,
       last_event_time, last_record_offset, last_record_id)
     select $2, topic, partition, next_offset, last_event_id, last_sequence_number, last_event_time, last_record_offset,
       last_record_id
     from consumer.positions where consumer_group = $1`,
    [from, to],
  );
}

/** Holds the positions that a group has until the transaction ends. */
export async function holdPositions(transaction: Transaction, group: string): Promise<void> {
  await transaction.query(
    'select from consumer.positions where consumer_group = $1 order by topic, partition for update',
    [group],
  );
}
