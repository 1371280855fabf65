import { randomUUID } from 'node:crypto';

import { isMillraceError, MillraceError } from '@millrace/core';
import type { Database } from '@millrace/postgres';

import type { RecordDecoder } from '../record-reader.ts';
import { type DeadLetterId, formatDeadLetterId } from './dead-letter-id.ts';
import { selected, selectionParameters } from './dead-letter-selection.ts';

/** Encodes data in the version of a type that the record has; throws where it does not fit. */
export type VersionEncoder = { encodeStored(type: string, version: number, data: unknown): Buffer };

/** What an edit works with. */
export type EditParts = {
  readonly database: Database;
  readonly encoder: VersionEncoder;
  readonly decoder: RecordDecoder;
};

/** Other data for a parked event, and who gives it. */
export type Edit = { readonly id: DeadLetterId; readonly data: unknown; readonly by: string };

type EditedRow = {
  headers: Record<string, string>;
  payload: Buffer | null;
  tenant_id: string;
  aggregate_type: string;
  aggregate_id: string;
};

/**
 * Gives a parked event other data, in the version of the schema that its record has. Key and headers stay; the event
 * store keeps what it has. It remains parked until it is retried.
 * @returns data before (`undefined` where it cannot be read) and after, as the audit trail has them
 * @throws MillraceError `DEAD_LETTER_INVALID` where it is not parked; `UNKNOWN_EVENT_TYPE`, `PAYLOAD_INVALID`,
 * `PAYLOAD_TOO_LARGE`, `SCHEMA_NOT_REGISTERED`; `REGISTRY_UNAVAILABLE`
 */
export async function editDeadLetter(
  { database, encoder, decoder }: EditParts,
  { id, data, by }: Edit,
): Promise<{ readonly before: unknown; readonly after: unknown }> {
  return database.transaction(async (transaction) => {
    const { rows } = await transaction.query<EditedRow>(
      `select headers, payload, tenant_id, aggregate_type, aggregate_id from consumer.parked_events s where ${selected('s')} for update`,
      selectionParameters({ id }),
    );
    const [row] = rows;
    if (!row) throw new MillraceError('DEAD_LETTER_INVALID', `${formatDeadLetterId(id)} is not parked`);
    const { ce_type: type = '', ce_eventversion: version } = row.headers;
    const payload = encoder.encodeStored(type, Number(version), data);
    const before = await readable(decoder, row.payload);
    const bytes = (value: Buffer | null) => value?.toString('base64') ?? null;
    await transaction.query(`update consumer.parked_events s set payload = $9 where ${selected('s')}`, [
      ...selectionParameters({ id }),
      payload,
    ]);
    await transaction.query(
      `insert into consumer.dead_letter_actions (request_id, action, requested_by, consumer_group, topic, partition, tenant_id,
         aggregate_type, aggregate_id, record_offsets, before, after, outcome, finished_at)
       values ($1, 'edit', $2, $3, $4, $5, $6, $7, $8, array[$9::bigint], $10, $11, 'edited', clock_timestamp())`,
      [
        randomUUID(),
        by,
        id.group,
        id.topic,
        id.partition,
        row.tenant_id,
        row.aggregate_type,
        row.aggregate_id,
        id.offset,
        JSON.stringify({ data: before ?? null, value: bytes(row.payload) }),
        JSON.stringify({ data, value: bytes(payload) }),
      ],
    );
    return { before, after: data };
  });
}

/** Data of a record; `undefined` where it is none. */
async function readable(decoder: RecordDecoder, value: Buffer | null): Promise<unknown> {
  try {
    return (await decoder.decode(value)).data;
  } catch (error) {
    if (isMillraceError(error) && !error.retriable) return undefined;
    throw error;
  }
}
