/**
 * What a topic lacks, by asking the store and reading the topic itself. No ledger is trusted: this is the check when
 * everything else may be wrong.
 */
import { setTimeout as delay } from 'node:timers/promises';

import { type EventDefinition, MillraceError } from '@millrace/core';
import { type KafkaAddress, partitionRanges, scanTopics } from '@millrace/kafka';
import type { Database } from '@millrace/postgres';
import type { Logger } from '@millrace/telemetry';

import type { EventRef } from './republish.ts';
import { readSlot } from './slot.ts';

/** Where to look. */
export type MissingSearch = {
  readonly database: Database;
  readonly address: KafkaAddress;
  readonly logger: Logger;
  readonly topic: string;
  /** Definitions of the stored events that the topic carries; none for a topic that is not made from the store. */
  readonly definitions: readonly EventDefinition[];
  /** Default: all tenants. */
  readonly tenantId?: string | undefined;
};

/** What a topic must hold, and what it lacks of that. */
export type MissingReport = {
  readonly topic: string;
  /** Stored events, or retained messages of a topic that is not made from the store. */
  readonly expected: number;
  readonly events: readonly EventRef[];
  /** Ids of retained messages. */
  readonly messages: readonly string[];
};

const PAGE_EVENTS = 10_000;

/**
 * Compares the store with one topic. Ids of all records of the topic are held in memory.
 *
 * What was committed before the call is expected. What the topic lacks of that may be on its way: then the relay is waited
 * for until it has sent all of it, and the topic is read again.
 * @throws MillraceError `PREFLIGHT_FAILED` when the relay does not get there; `KAFKA_UNAVAILABLE`, `STORE_UNAVAILABLE`
 */
export async function findMissing(search: MissingSearch): Promise<MissingReport> {
  const messages = search.definitions.length === 0 ? await retainedMessages(search) : [];
  const horizon = await storeHorizon(search.database);
  const report = await compareWithTopic(search, horizon, messages);
  if (report.events.length + report.messages.length === 0) return report;
  await relayHasPassed(search.database, horizon.lsn);
  return compareWithTopic(search, horizon, messages);
}

async function compareWithTopic(
  search: MissingSearch,
  { xmin }: Horizon,
  messages: readonly { id: string }[],
): Promise<MissingReport> {
  const { address, logger, topic, definitions } = search;
  const arrived = new Set<string>();
  const ranges = await partitionRanges(address, [topic]);
  await scanTopics({ ...address, logger, ranges }, ({ records }) => {
    for (const { headers } of records) arrived.add(String(headers['ce_id']));
  });
  const isMissing = ({ id }: { id: string }) => !arrived.has(id);
  if (definitions.length === 0) {
    const ids = messages.filter(isMissing).map(({ id }) => id);
    return { topic, expected: messages.length, events: [], messages: ids };
  }
  let expected = 0;
  const events: EventRef[] = [];
  for await (const page of storedPages(search, xmin)) {
    expected += page.length;
    events.push(...page.filter(isMissing).map(({ id: _id, transactionId: _xid, globalPosition: _at, ...ref }) => ref));
  }
  return { topic, expected, events, messages: [] };
}

type Horizon = { readonly xmin: string; readonly lsn: string };

/** Transactions below `xmin` have ended, and their rows lie before `lsn`. */
async function storeHorizon(database: Database): Promise<Horizon> {
  const { rows } = await database.query<Horizon>(
    `select pg_snapshot_xmin(pg_current_snapshot())::text as xmin, pg_current_wal_insert_lsn()::text as lsn`,
  );
  return rows[0] as Horizon;
}

const RELAY_TIMEOUT_MS = 60_000;
const POLL_MS = 250;

/** Waits until the relay has confirmed a place in the WAL. @throws MillraceError `PREFLIGHT_FAILED` after a minute */
export async function relayHasPassed(database: Database, lsn: string): Promise<void> {
  const deadline = performance.now() + RELAY_TIMEOUT_MS;
  for (;;) {
    const slot = await readSlot(database);
    const confirmed = slot.exists && slot.active ? slot.confirmedLsn : '0/0';
    const { rows } = await database.query<{ passed: boolean }>('select $1::pg_lsn >= $2::pg_lsn as passed', [
      confirmed,
      lsn,
    ]);
    if (rows[0]?.passed) return;
    if (performance.now() > deadline)
      throw new MillraceError(
        'PREFLIGHT_FAILED',
        'the relay does not send what is committed, so nothing can be said to be missing: see `npx millrace relay status`',
      );
    await delay(POLL_MS);
  }
}

type StoredPlace = EventRef & { readonly id: string; readonly transactionId: string; readonly globalPosition: number };

/** Events of the topic in the order of the store. */
async function* storedPages({ database, definitions, tenantId }: MissingSearch, xmin: string) {
  const types = definitions.flatMap(({ type, aliases = [] }) => [type, ...aliases]);
  let after: Pick<StoredPlace, 'transactionId' | 'globalPosition'> | undefined = {
    transactionId: '0',
    globalPosition: 0,
  };
  while (after) {
    const { rows }: { rows: StoredPlace[] } = await database.query<StoredPlace>(
      `select tenant_id as "tenantId", aggregate_type as "aggregateType", aggregate_id as "aggregateId", sequence_number as "sequenceNumber",
              event_id as id, transaction_id::text as "transactionId", global_position as "globalPosition"
         from event_store.events
        where (transaction_id, global_position) > ($1::xid8, $2::bigint) and transaction_id < $3::xid8
          and event_type = any($4) and aggregate_type = any($5) and ($6::text is null or tenant_id = $6)
        order by transaction_id, global_position limit ${PAGE_EVENTS}`,
      [
        after.transactionId,
        after.globalPosition,
        xmin,
        types,
        [...new Set(definitions.map(({ aggregateType }) => aggregateType))],
        tenantId ?? null,
      ],
    );
    yield rows;
    after = rows.at(-1);
  }
}

async function retainedMessages({ database, topic, tenantId }: MissingSearch): Promise<readonly { id: string }[]> {
  const { rows } = await database.query<{ id: string }>(
    `select id from outbox.outbox_messages where topic = $1 and ($2::text is null or ce_tenantid = $2) group by id order by min(seq)`,
    [topic, tenantId ?? null],
  );
  return rows;
}
