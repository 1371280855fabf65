/**
 * Gives parked events up: they are removed, and their versions are noted as if they had been applied, so that later
 * events of their aggregates go on. The event store keeps the events; a rebuild meets them again.
 */
import { randomUUID } from 'node:crypto';

import { MillraceError } from '@millrace/core';
import type { Database, Transaction } from '@millrace/postgres';

import { formatDeadLetterId } from './dead-letter-id.ts';
import {
  type DeadLetterSelection,
  EVENT_ORDER,
  SAME_SEQUENCE,
  selected,
  selectionParameters,
} from './dead-letter-selection.ts';
import {
  type ChosenSequence,
  EVENT_COLUMNS,
  type EventRow,
  keyParameters,
  KEYS,
  type RequestOptions,
  sequencesOf,
} from './request-retry.ts';

type ParkedRow = EventRow & { earlier: boolean };

/**
 * Discards the events that are meant, or with `wholeSequence` all of their sequences. Works whether the group runs or not.
 * @returns what was discarded, or would be
 * @throws MillraceError `DEAD_LETTER_INVALID` where an earlier event of an aggregate would stay: it could never be applied
 */
export async function discardDeadLetters(
  database: Database,
  selection: DeadLetterSelection & { readonly wholeSequence?: boolean },
  { by, dryRun = false }: RequestOptions,
): Promise<readonly ChosenSequence[]> {
  return database.transaction(async (transaction) => {
    if (!dryRun) await holdPositions(transaction, selection);
    const rows = await chosen(transaction, selection, dryRun ? '' : 'for update');
    const [blocked] = rows.filter(({ earlier }) => earlier);
    if (blocked) {
      const message = `${formatDeadLetterId(blocked)} is behind parked events that would stay: discard or retry those first, or discard the whole sequence`;
      throw new MillraceError('DEAD_LETTER_INVALID', message, { facts: { ...blocked } });
    }
    const sequences = sequencesOf(rows);
    if (!dryRun && rows.length > 0) await discard(transaction, sequences, by);
    return sequences;
  });
}

/** No batch of the partitions meanwhile: it might park an event behind one that is just being removed. */
async function holdPositions(transaction: Transaction, selection: DeadLetterSelection): Promise<void> {
  await transaction.query(
    `select from consumer.positions p where exists (
       select from consumer.parked_events s where ${selected('s')} and s.consumer_group = p.consumer_group
         and s.topic = p.topic and s.partition = p.partition)
     order by consumer_group, topic, partition for update`,
    selectionParameters(selection),
  );
}

async function chosen(
  transaction: Transaction,
  selection: DeadLetterSelection & { readonly wholeSequence?: boolean },
  lock: '' | 'for update',
): Promise<ParkedRow[]> {
  const meant = selection.wholeSequence
    ? `exists (select from consumer.parked_events s where ${selected('s')} and ${SAME_SEQUENCE})`
    : selected('e');
  const { rows } = await transaction.query<ParkedRow>(
    `select ${EVENT_COLUMNS}, ${selection.wholeSequence ? 'false' : EARLIER_STAYS} as earlier
     from consumer.parked_events e where ${meant} order by ${EVENT_ORDER} ${lock}`,
    selectionParameters(selection),
  );
  return rows;
}

/** Whether an event of the same sequence comes first that is not meant. */
const EARLIER_STAYS = `exists (select from consumer.parked_events s where ${SAME_SEQUENCE}
  and (s.sequence_number, s.record_offset) < (e.sequence_number, e.record_offset) and not (${selected('s')}))`;

async function discard(transaction: Transaction, sequences: readonly ChosenSequence[], by: string): Promise<void> {
  await transaction.query(
    `with gone as (
       delete from consumer.parked_events e using ${KEYS}
       where e.consumer_group = k.consumer_group and e.topic = k.topic and e.partition = k.partition
         and e.record_offset = k.record_offset
       returning e.*
     ), passed as (
       insert into consumer.aggregate_versions as v (consumer_group, tenant_id, aggregate_type, aggregate_id, version)
       select consumer_group, tenant_id, aggregate_type, aggregate_id, max(sequence_number) from gone
       where sequence_number > 0 group by consumer_group, tenant_id, aggregate_type, aggregate_id
       on conflict (consumer_group, tenant_id, aggregate_type, aggregate_id)
       do update set version = greatest(v.version, excluded.version)
     )
     insert into consumer.dead_letter_actions (request_id, action, requested_by, consumer_group, topic, partition, tenant_id,
       aggregate_type, aggregate_id, record_offsets, before, outcome, finished_at)
     select $5, 'discard', $6, consumer_group, topic, partition, tenant_id, aggregate_type, aggregate_id,
       array_agg(record_offset order by sequence_number, record_offset),
       jsonb_agg(jsonb_build_object('offset', record_offset, 'key', record_key, 'headers', headers,
         'value', encode(payload, 'base64'), 'errorCode', error_code) order by sequence_number, record_offset),
       'discarded', clock_timestamp()
     from gone group by consumer_group, topic, partition, tenant_id, aggregate_type, aggregate_id`,
    [...keyParameters(sequences), randomUUID(), by],
  );
}
