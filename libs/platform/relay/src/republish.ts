/**
 * Sends again what a topic lacks: as new outbox rows with the original ids, types, times, causation and bytes, so that
 * the one relay carries them. Harmless to repeat: consumers drop by version what they have had.
 */
import { setTimeout as delay } from 'node:timers/promises';

import type { EventEncoder } from '@millrace/avro';
import { isMillraceError, type StreamId } from '@millrace/core';
import { dataSchemaOf, insertOutboxRows, type OutboxRow, outboxRow } from '@millrace/outbox';
import type { Database, Transaction } from '@millrace/postgres';
import { recordedEvent, STORED_EVENT_COLUMNS, type StoredEventRow } from '@millrace/stored-events';

/** One stored event. */
export type EventRef = StreamId & { readonly sequenceNumber: number };

/** An event that was not sent again, and why. */
export type RefusedEvent = EventRef & { readonly reason: string };

/** What is in the outbox again, by topic, and what is not. */
export type RepublishReport = {
  readonly published: Readonly<Record<string, number>>;
  readonly refused: readonly RefusedEvent[];
};

/** What sends again, and how fast. */
export type Republisher = {
  /** Of the owner of the schemas. */
  readonly database: Database;
  readonly encoder: EventEncoder;
  /** Mean rate, so that new events are not held up behind old ones; default 2,000. */
  readonly eventsPerSecond?: number;
  /** Told after each transaction how many events are done. */
  readonly onProgress?: (done: number) => void;
};

/** An event may have 900 kB, and all of a batch are in memory at once. */
const BATCH_EVENTS = 200;

/**
 * Sends stored events again, in the order of the store, each in the version that it was stored in. Every batch is a
 * transaction of its own: after a failure the same call completes the work. Needs the owner of the schemas.
 *
 * An event is refused, and the others go on, when it is not in the store, when it is in quarantine, or when its data
 * does not fit the schema of its version.
 * @throws MillraceError `STORE_UNAVAILABLE`; pg's DatabaseError 23514 when the outbox refuses a row
 */
export function republishEvents(
  database: Database,
  encoder: EventEncoder,
  refs: readonly EventRef[],
): Promise<RepublishReport> {
  return republishAtRate({ database, encoder }, refs);
}

/** `republishEvents` for many: at a rate, and telling how far it is. */
export async function republishAtRate(
  { database, encoder, eventsPerSecond = 2_000, onProgress }: Republisher,
  refs: readonly EventRef[],
): Promise<RepublishReport> {
  const { found, absent } = await inStoreOrder(database, refs);
  const published: Record<string, number> = {};
  const refused = absent.map((ref) => ({ ...ref, reason: 'the store has no such event' }));
  const startedAt = performance.now();
  for (let done = 0; done < found.length;) {
    const batch = found.slice(done, done + BATCH_EVENTS);
    const outcome = await database.transaction((transaction) => sendAgain(transaction, encoder, batch));
    for (const { topic } of outcome.rows) published[topic] = (published[topic] ?? 0) + 1;
    refused.push(...outcome.refused);
    done += batch.length;
    onProgress?.(done);
    const aheadMs = (done / eventsPerSecond) * 1_000 - (performance.now() - startedAt);
    if (done < found.length && aheadMs > 0) await delay(aheadMs);
  }
  return { published, refused };
}

/** SQL: the refs in `$1`. */
const WANTED = `jsonb_to_recordset($1) as wanted ("tenantId" text, "aggregateType" text, "aggregateId" text, "sequenceNumber" bigint)`;
const IS_WANTED = `tenant_id = "tenantId" and aggregate_type = "aggregateType" and aggregate_id = "aggregateId" and sequence_number = "sequenceNumber"`;

type Place = EventRef & { readonly transactionId: string; readonly globalPosition: number };

/** Looked up in parts, so that no parameter grows without bound. */
const LOOKUP_REFS = 10_000;

async function inStoreOrder(
  database: Database,
  refs: readonly EventRef[],
): Promise<{ found: EventRef[]; absent: EventRef[] }> {
  const places: Place[] = [];
  for (let start = 0; start < refs.length; start += LOOKUP_REFS) {
    const { rows } = await database.query<Place>(
      `select distinct "tenantId", "aggregateType", "aggregateId", "sequenceNumber",
              transaction_id as "transactionId", global_position as "globalPosition"
         from ${WANTED} join event_store.events on ${IS_WANTED}`,
      [JSON.stringify(refs.slice(start, start + LOOKUP_REFS).map(plainRef))],
    );
    places.push(...rows);
  }
  places.sort((one, other) => comparePlaces(one, other));
  const found = new Map(places.map((place) => [nameOf(place), plainRef(place)]));
  return { found: [...found.values()], absent: refs.filter((ref) => !found.has(nameOf(ref))) };
}

function comparePlaces(one: Place, other: Place): number {
  if (one.transactionId === other.transactionId) return one.globalPosition - other.globalPosition;
  return BigInt(one.transactionId) < BigInt(other.transactionId) ? -1 : 1;
}

function plainRef({ tenantId, aggregateType, aggregateId, sequenceNumber }: EventRef): EventRef {
  return { tenantId, aggregateType, aggregateId, sequenceNumber };
}

function nameOf(ref: EventRef): string {
  return JSON.stringify(Object.values(plainRef(ref)));
}

type SentAgain = { readonly rows: readonly OutboxRow[]; readonly refused: readonly RefusedEvent[] };

async function sendAgain(
  transaction: Transaction,
  encoder: EventEncoder,
  batch: readonly EventRef[],
): Promise<SentAgain> {
  const { rows: stored } = await transaction.query<StoredEventRow & { quarantined: boolean }>(
    `select ${STORED_EVENT_COLUMNS}, exists (select from outbox.quarantine where id = event_id) as quarantined
       from ${WANTED} join event_store.events on ${IS_WANTED} order by transaction_id, global_position`,
    [JSON.stringify(batch)],
  );
  const rows: OutboxRow[] = [];
  const refused: RefusedEvent[] = [];
  for (const row of stored) {
    const message = row.quarantined ? 'its message is in quarantine' : messageOf(row, encoder);
    if (typeof message !== 'string') rows.push(message);
    else refused.push({ ...refOf(row), reason: message });
  }
  await insertOutboxRows(transaction, rows);
  await noteReemissions(transaction, rows);
  return { rows, refused };
}

const refOf = (row: StoredEventRow): EventRef => ({
  tenantId: row.tenant_id,
  aggregateType: row.aggregate_type,
  aggregateId: row.aggregate_id,
  sequenceNumber: row.sequence_number,
});

/** The message that the append wrote, or why there is none. */
function messageOf(row: StoredEventRow, encoder: EventEncoder): OutboxRow | string {
  try {
    const definition = encoder.definition(row.event_type);
    const payload = encoder.encodeStored(row.event_type, row.event_version, row.payload);
    const { namespace } = definition.schemas[row.event_version] as { namespace: string };
    const asStored = {
      canonicalType: () => definition.type,
      upcast: (_type: string, _version: number, data: unknown) => data,
    };
    return outboxRow(recordedEvent(row, asStored), {
      topic: definition.topic,
      source: `urn:millrace:${namespace}`,
      dataSchema: dataSchemaOf(definition, row.event_version),
      payload,
    });
  } catch (error) {
    if (isMillraceError(error, 'UNKNOWN_EVENT_TYPE', 'PAYLOAD_INVALID', 'PAYLOAD_TOO_LARGE', 'SCHEMA_NOT_REGISTERED'))
      return error.message;
    throw error;
  }
}

async function noteReemissions(
  transaction: Transaction,
  rows: readonly Pick<OutboxRow, 'id' | 'topic'>[],
): Promise<void> {
  await transaction.query(
    `insert into audit.reemissions (event_id, topic) select id, topic from jsonb_to_recordset($1) as sent (id uuid, topic text)`,
    [JSON.stringify(rows.map(({ id, topic }) => ({ id, topic })))],
  );
}

/** Columns of a message that its copy takes over; the copy has a place and a time of its own, and the present epoch. */
const COPIED =
  'id, topic, key, type, payload, occurred_at, ce_specversion, ce_source, ce_subject, ce_time, ce_dataschema, content_type, ' +
  'ce_tenantid, ce_aggregatetype, ce_aggregateversion, ce_eventversion, ce_correlationid, ce_causationid, ce_userid, ce_sessionid, traceparent';

/**
 * Sends messages again that the outbox still holds, in their order: public events and announcements, which are no part
 * of the event store. Needs the owner of the schemas. Errors as `republishEvents`.
 * @returns how many there were; one that is not retained any more, or in quarantine, is left out
 */
export async function republishOutboxRows(database: Database, ids: readonly string[], topic: string): Promise<number> {
  const { rowCount } = await database.query(
    `with wanted as (
       select distinct on (id) * from outbox.outbox_messages
        where id = any($1::uuid[]) and topic = $2 order by id, seq),
     copied as (
       insert into outbox.outbox_messages (${COPIED}, ce_epoch)
       select ${COPIED}, (select epoch::text from event_store.epoch) from wanted order by seq
       returning id, topic)
     insert into audit.reemissions (event_id, topic) select id, topic from copied`,
    [ids, topic],
  );
  return rowCount ?? 0;
}
