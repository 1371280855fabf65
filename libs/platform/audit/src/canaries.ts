/**
 * Canaries: per topic of internal events one outbox row that belongs to no event, written every `CANARY_SECONDS` and
 * awaited by the auditor. One that is late means that the path is dead, whatever its parts say of themselves.
 *
 * Each is a mark as well. All rows leave through one log in the order of their commits, so when a canary has arrived,
 * whatever had ended before it was written has left, or never will.
 */
import { randomUUID } from 'node:crypto';

import type { OutboxRow } from '@millrace/outbox';
import { insertOutboxRows } from '@millrace/outbox';
import type { Database, Transaction } from '@millrace/postgres';

/** Word for tenant and key of a canary. */
const CANARY_TENANT = 'millrace';
const CANARY_KEY = 'canary';

/** A canary is late when it is older than this, or than its interval and a half. */
export const CANARY_LATE_SECONDS = 45;

/** What a canary of one topic is made of. */
export type CanarySource = {
  readonly topic: string;
  /** `ce_type`. */
  readonly type: string;
  /** `ce_dataschema`. */
  readonly dataSchema: string;
  readonly encode: (data: { readonly writtenAt: string }) => Buffer;
};

/** Sends one canary through each topic, in one transaction. @returns when */
export async function sendCanaries(database: Database, sources: readonly CanarySource[]): Promise<string> {
  return database.transaction(async (transaction) => {
    // The own id as the ceiling: whoever has a row up to the last one that shows has a lower id, even if it is still at
    // work. (The snapshot's upper end is not enough: it follows the last transaction that has ended.)
    const { rows } = await transaction.query<{ now: string; horizon: string; ceiling: string; seq: number }>(
      `select clock_timestamp() as now, pg_snapshot_xmin(s)::text as horizon, pg_current_xact_id()::text as ceiling,
         coalesce((select max(seq) from outbox.outbox_messages), 0) as seq from pg_current_snapshot() s`,
    );
    const { now = '', horizon, ceiling, seq } = rows[0] ?? {};
    const canaries = sources.map((source) => ({ id: randomUUID(), source }));
    await insertOutboxRows(
      transaction,
      canaries.map(({ id, source }) => canaryRow(id, source, now)),
    );
    await transaction.query(
      `insert into audit.canaries (canary_id, topic, written_at, horizon, ceiling, outbox_seq)
       select id, topic, $3, $4::xid8, $5::xid8, $6 from unnest($1::uuid[], $2::text[]) as c (id, topic)`,
      [canaries.map(({ id }) => id), canaries.map(({ source }) => source.topic), now, horizon, ceiling, seq],
    );
    return now;
  });
}

function canaryRow(id: string, { topic, type, dataSchema, encode }: CanarySource, writtenAt: string): OutboxRow {
  return {
    id,
    topic,
    type,
    payload: encode({ writtenAt }),
    source: 'urn:millrace:auditor',
    time: writtenAt,
    dataSchema,
    tenantId: CANARY_TENANT,
    aggregateType: 'canary',
    aggregateId: CANARY_KEY,
    aggregateVersion: 1,
    eventVersion: 1,
    correlationId: id,
    causationId: id,
    userId: 'auditor',
    sessionId: 'none',
    traceparent: `00-${id.replaceAll('-', '')}-${id.slice(0, 8)}${id.slice(-8)}-00`,
  };
}

/** Notes which canaries have come, in the transaction that moves the position past them. */
export async function canariesArrived(transaction: Transaction, canaryIds: readonly string[]): Promise<void> {
  if (canaryIds.length === 0) return;
  await transaction.query(
    `update audit.canaries set arrived_at = clock_timestamp() where canary_id::text = any($1) and arrived_at is null`,
    [canaryIds],
  );
}

const KEPT_SECONDS = 3_600;

/** Removes old canaries, but of each topic the newest that arrived. */
export async function purgeCanaries(database: Database): Promise<void> {
  await database.query(
    `delete from audit.canaries c where written_at < clock_timestamp() - make_interval(secs => $1) and exists (
       select from audit.canaries later where later.topic = c.topic and later.arrived_at is not null and later.written_at > c.written_at)`,
    [KEPT_SECONDS],
  );
}

/** How old the newest canary is that has come through a topic. */
export type CanaryAge = { readonly topic: string; readonly ageSeconds: number };

/** Age of the newest canary of each topic that had any. */
export async function canaryAges(database: Pick<Database, 'query'>): Promise<CanaryAge[]> {
  const { rows } = await database.query<CanaryAge>(
    'select topic, age_seconds as "ageSeconds" from audit.canary_ages order by topic',
  );
  return rows;
}

/** Whether the path is to be called dead. @param everySeconds pause between canaries */
export function isLate({ ageSeconds }: CanaryAge, everySeconds: number): boolean {
  return ageSeconds > Math.max(CANARY_LATE_SECONDS, 1.5 * everySeconds);
}
