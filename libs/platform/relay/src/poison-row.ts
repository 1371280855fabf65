/**
 * Rows that Kafka refuses. The constraints of the outbox refuse them at INSERT; one that was forced past them stops the
 * stream of every tenant: FAILED for its size or its time, RUNNING and silent for a topic that does not exist.
 */
import type { Database } from '@millrace/postgres';

/** A message that cannot be sent, and why. */
export type PoisonRow = {
  readonly seq: number;
  readonly id: string;
  readonly topic: string;
  readonly tenantId: string;
  readonly reason: string;
};

const MOST_ROWS = 100;

/** SQL: bytes of the record; names of headers and framing take less than the 1,024 that are added. */
const RECORD_BYTES = `octet_length(payload) + octet_length(key) + 1024 +
  octet_length(type || ce_source || ce_subject || ce_time || ce_dataschema || content_type || ce_tenantid || ce_aggregatetype ||
    ce_aggregateversion || ce_eventversion || ce_correlationid || ce_causationid || ce_userid || ce_sessionid || ce_epoch || traceparent)`;

/**
 * Retained rows that no topic can take, the oldest first, at most 100. Reads the whole outbox: only for a relay that
 * stands still.
 * @param existingTopics topics that the brokers have
 */
export async function findPoisonRows(database: Database, existingTopics: readonly string[]): Promise<PoisonRow[]> {
  const { rows } = await database.query<PoisonRow>(
    `select seq, id, topic, ce_tenantid as "tenantId", reason from (
       select seq, id, topic, ce_tenantid, case
           when ${RECORD_BYTES} > 1048576 then 'its record has more than 1 MiB'
           when occurred_at < '1970-01-01' then 'its time lies before 1970'
           when occurred_at > (clock_timestamp() at time zone 'UTC') + interval '1 hour' then 'its time lies ahead of the clock of the brokers'
           when topic <> all($1::text[]) then 'there is no topic ' || topic
         end as reason
         from outbox.outbox_messages) as message
      where reason is not null order by seq limit ${MOST_ROWS}`,
    [existingTopics],
  );
  return rows;
}

/**
 * Takes a message out of the stream and keeps it in `outbox.quarantine`. What is in the WAL already is not reached by
 * this: the slot has to be made anew.
 * @returns whether the outbox had it
 */
export async function quarantineRow(database: Database, seq: number, reason: string): Promise<boolean> {
  const { rowCount } = await database.query(
    `with gone as (delete from outbox.outbox_messages where seq = $1 returning *)
     insert into outbox.quarantine (reason, seq, id, topic, tenant_id, message)
     select $2, seq, id, topic, ce_tenantid, to_jsonb(gone) from gone`,
    [seq, reason],
  );
  return (rowCount ?? 0) > 0;
}

/** One message for people. */
export function poisonText({ seq, id, topic, tenantId, reason }: PoisonRow): string {
  return `outbox row ${seq} (event ${id}, topic ${topic}, tenant ${tenantId}) cannot be sent: ${reason}`;
}
