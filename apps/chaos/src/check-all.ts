/** All checkers over all tenants of a run. */
import type { RecordedEvent } from '@millrace/core';

import { checkPublicTopics, checkSagas } from './checkers/consequences.ts';
import type { Finding } from './checkers/findings.ts';
import { checkAnswers, checkRecords, checkRows } from './checkers/isolation.ts';
import { checkJournal } from './checkers/journal-store.ts';
import { checkReadModels } from './checkers/read-models.ts';
import { checkOutbox } from './checkers/store-outbox.ts';
import { type Allowed, checkTopics } from './checkers/store-topics.ts';
import type { LogEntry, LogStart, Witness } from './checkers/witness.ts';
import type { JournalEntry } from './load/journal.ts';
import type { LoadTenant } from './load/load.ts';

/** What is checked. */
export type Checked = {
  readonly witness: Witness;
  readonly tenants: readonly LoadTenant[];
  readonly entries: readonly JournalEntry[];
  readonly start: LogStart;
  /** Apps of the stack: what nobody keeps is not compared. */
  readonly apps: readonly string[];
  readonly allowed: Allowed;
  /** Events until then come from a backup, and have no outbox rows. */
  readonly restored: { readonly until?: string };
};

/** What all checkers found. */
export type Verdict = {
  readonly findings: readonly Finding[];
  /** Records of topics beyond the first of their event: read again by the relay, or sent again by its repair. */
  readonly replayed: number;
  readonly reemitted: number;
  readonly events: number;
};

/** Asks every checker once. */
export async function checkAll(checked: Checked): Promise<Verdict> {
  const { witness, tenants, entries, start, apps, allowed, restored } = checked;
  const { database } = witness.stack;
  const encoder = await witness.encoder();
  const records = await ofThisTimeline(witness, tenants, await witness.records(start));
  const reemitted = await reemittedIds(witness);
  const findings: Finding[] = checkRecords(tenants, records);
  const counts = { replayed: 0, reemitted: 0, events: 0 };
  for (const { tenantId } of tenants) {
    const stored = { tenantId, events: await witness.events(tenantId) };
    const topics = checkTopics(stored, records, { ...allowed, reemitted });
    findings.push(
      ...checkJournal(entries, stored),
      ...(await checkOutbox(database, encoder, { tenantId, events: stored.events.filter(isAfter(restored)) })),
      ...topics.findings,
      ...(await checkReadModels(database, stored, apps)),
      ...checkPublicTopics(stored, records, allowed.replays),
      ...(await checkSagas(database, tenantId)),
    );
    counts.replayed += topics.replayed;
    counts.reemitted += topics.reemitted;
    counts.events += stored.events.length;
  }
  findings.push(...(await checkRows(database, tenants)), ...(await checkAnswers(tenants)));
  return { findings, ...counts };
}

const isAfter =
  ({ until = '' }: Checked['restored']) =>
  ({ occurredAt }: RecordedEvent): boolean =>
    occurredAt > until;

/**
 * Without the records that a restore has ended: they carry an older epoch, and neither store nor outbox knows them, nor
 * what a message stems from. Consumers have to pass them by, which the read models show.
 */
async function ofThisTimeline(
  { stack: { database } }: Witness,
  tenants: readonly LoadTenant[],
  records: readonly LogEntry[],
): Promise<readonly LogEntry[]> {
  const { rows: epochs } = await database.query<{ epoch: number }>('select epoch from event_store.epoch');
  const epoch = epochs[0]?.epoch ?? 1;
  const isOld = ({ headers }: LogEntry) => Number(headers['ce_epoch'] ?? epoch) < epoch;
  if (!records.some(isOld)) return records;
  const { rows } = await database.query<{ id: string }>(
    `select event_id::text as id from event_store.events where tenant_id = any($1)
     union select id::text from outbox.outbox_messages where ce_tenantid = any($1)`,
    [tenants.map(({ tenantId }) => tenantId)],
  );
  const known = new Set(rows.map(({ id }) => id));
  // What was told to outsiders stays told as long as its cause is stored; an event is stored itself, or ended.
  const isKnown = ({ topic, headers }: LogEntry) =>
    known.has(headers['ce_id'] ?? '') || (!topic.includes('.events.v') && known.has(headers['ce_causationid'] ?? ''));
  return records.filter((record) => !isOld(record) || isKnown(record));
}

async function reemittedIds({ stack: { database } }: Witness): Promise<Set<string>> {
  const { rows: tables } = await database.query<{ there: boolean }>(
    `select to_regclass('audit.reemissions') is not null as there`,
  );
  if (!tables[0]?.there) return new Set();
  const { rows } = await database.query<{ event_id: string }>('select event_id::text from audit.reemissions');
  return new Set(rows.map(({ event_id }) => event_id));
}
