/**
 * A group against the store, aggregate by aggregate: which version it has applied, and whether its rows are what a replay
 * up to that version gives. All of it is read in one snapshot, in which rows, versions and events agree; so a group may
 * be busy, or behind, without looking wrong.
 */
import { consumedEvent } from '@millrace/consumer';
import {
  type DomainEvent,
  type EventCatalogue,
  foldEvent,
  type Projection,
  type RecordedEvent,
  type Row,
  type StreamId,
} from '@millrace/core';
import type { Database, Transaction } from '@millrace/postgres';
import { STORED_EVENT_COLUMNS, type StoredEventRow } from '@millrace/stored-events';

import { rowsAgree } from './compare-projection.ts';

/** A consumer group, and the projection whose table it keeps, where it keeps one. */
export type CheckedGroup = {
  readonly group: string;
  readonly topics: readonly string[];
  readonly projection?: Projection<DomainEvent, Row>;
};

/** What is wrong with an aggregate in a group. */
export type StreamMismatch = StreamId & {
  readonly kind: 'position_skipped' | 'row_missing' | 'row_extra' | 'row_drifted';
  readonly sequenceNumber: number;
  readonly detail: string;
};

/** What the check of some aggregates came to. */
export type StreamCheck = {
  readonly events: number;
  readonly rows: number;
  /** Aggregates that were left out: the group has parked events of them. */
  readonly parked: number;
  readonly mismatches: readonly StreamMismatch[];
};

/** What a check works with. */
export type StreamCheckParts = {
  readonly database: Database;
  readonly catalogue: EventCatalogue;
  readonly checked: CheckedGroup;
  /** Transactions below which the group must have applied everything; without, only rows are compared. */
  readonly appliedBelow?: string | undefined;
};

/** Runs `work` in one snapshot, which changes nothing. */
export function inSnapshot<T>(database: Database, work: (transaction: Transaction) => Promise<T>): Promise<T> {
  return database.transaction(async (transaction) => {
    await transaction.query('set transaction isolation level repeatable read, read only');
    return work(transaction);
  });
}

/** Checks some aggregates. Errors: MillraceError `UNKNOWN_EVENT_TYPE`, `STORE_UNAVAILABLE`. */
export async function checkStreams(parts: StreamCheckParts, streams: readonly StreamId[]): Promise<StreamCheck> {
  if (streams.length === 0) return { events: 0, rows: 0, parked: 0, mismatches: [] };
  return inSnapshot(parts.database, async (transaction) => {
    const { checked, catalogue } = parts;
    const histories = await readHistories(transaction, catalogue, { streams, appliedBelow: parts.appliedBelow });
    const ledger = await readLedger(transaction, checked.group, streams);
    const rows = await readRows(transaction, checked.projection, [...histories.values()]);
    const mismatches: StreamMismatch[] = [];
    let parked = 0;
    for (const [key, history] of histories) {
      const known = ledger.get(key) ?? { version: 0, parked: false };
      if (known.parked) parked += 1;
      else mismatches.push(...mismatchesOf(checked, history, { version: known.version, rows }));
    }
    const events = [...histories.values()].reduce((sum, history) => sum + history.events.length, 0);
    return { events, rows: rows.size, parked, mismatches };
  });
}

/** Events of an aggregate, and up to which version the group must have applied them. */
type History = { readonly events: readonly RecordedEvent[]; readonly due: number };
type Known = { readonly version: number; readonly parked: boolean };

const streamKey = ({ tenantId, aggregateType, aggregateId }: StreamId) =>
  JSON.stringify([tenantId, aggregateType, aggregateId]);

function mismatchesOf(
  { projection }: CheckedGroup,
  { events, due }: History,
  { version, rows }: { readonly version: number; readonly rows: ReadonlyMap<string, Row> },
): StreamMismatch[] {
  const [first] = events;
  if (!first) return [];
  if (projection?.rowPer === 'aggregate') return rowMismatches(projection, { events, due }, { version, rows });
  const skipped = version < due ? [skippedAt(first, version, due)] : [];
  if (projection?.rowPer !== 'event') return skipped;
  return [
    ...skipped,
    ...events.flatMap((event) => (event.sequenceNumber <= version ? addedRow(projection, event, rows) : [])),
  ];
}

function rowMismatches(
  projection: Projection<DomainEvent, Row>,
  { events, due }: History,
  { version: ledgerVersion, rows }: { readonly version: number; readonly rows: ReadonlyMap<string, Row> },
): StreamMismatch[] {
  const first = events[0] as RecordedEvent;
  const key = keyText(projection, projection.key(first));
  const actual = rows.get(key);
  const version = Math.max(ledgerVersion, Number(actual?.version ?? 0));
  const fold = (upTo: number) => foldUpTo(projection, events, upTo);
  if (version < due) {
    // A group that knows nothing of an aggregate that must have a row has lost the row, or never made it.
    const lost = version === 0 && fold(due) !== undefined;
    return [lost ? missingRow(first, due, key) : skippedAt(first, version, due)];
  }
  return rowMismatch({ ...first, sequenceNumber: version }, key, { expected: fold(version), actual });
}

function foldUpTo(
  projection: Projection<DomainEvent, Row>,
  events: readonly RecordedEvent[],
  version: number,
): Row | undefined {
  return events
    .filter(({ sequenceNumber }) => sequenceNumber <= version)
    .reduce<Row | undefined>((row, event) => foldEvent(projection, row, event), undefined);
}

type Place = StreamId & { readonly sequenceNumber: number };

/** A row against that of a replay; nothing when they agree. */
function rowMismatch(
  at: Place,
  key: string,
  { expected, actual }: { readonly expected: Row | undefined; readonly actual: Row | undefined },
): StreamMismatch[] {
  if (expected && !actual) return [missingRow(at, at.sequenceNumber, key)];
  if (!expected && actual && at.sequenceNumber > 0) return [mismatch(at, 'row_extra', `row ${key} should be gone`)];
  if (!expected || !actual || rowsAgree(expected, actual)) return [];
  return [mismatch(at, 'row_drifted', driftDetail(key, expected, actual))];
}

function addedRow(
  projection: Projection<DomainEvent, Row>,
  event: RecordedEvent,
  rows: ReadonlyMap<string, Row>,
): StreamMismatch[] {
  const expected = foldEvent(projection, undefined, event);
  const key = keyText(projection, projection.key(event));
  return expected ? rowMismatch(event, key, { expected, actual: rows.get(key) }) : [];
}

function skippedAt(stream: StreamId, version: number, due: number): StreamMismatch {
  const detail = `version ${version + 1} of ${due} was passed, but not applied`;
  return mismatch({ ...stream, sequenceNumber: version + 1 }, 'position_skipped', detail);
}

function missingRow(stream: StreamId, version: number, key: string): StreamMismatch {
  return mismatch({ ...stream, sequenceNumber: version }, 'row_missing', `there is no row ${key}`);
}

function mismatch(
  { tenantId, aggregateType, aggregateId, sequenceNumber }: Place,
  kind: StreamMismatch['kind'],
  detail: string,
): StreamMismatch {
  return { kind, tenantId, aggregateType, aggregateId, sequenceNumber, detail };
}

/** Names the columns, not what is in them: a report may be read by more people than the table. */
export function driftDetail(key: string, expected: Row, actual: Row): string {
  const columns = [...new Set([...Object.keys(expected), ...Object.keys(actual)])];
  const drifted = columns.filter((column) => !rowsAgree({ value: expected[column] }, { value: actual[column] }));
  return `row ${key} differs from a replay in ${drifted.join(', ')}`;
}

/** Key of a row as text. */
export function keyText({ keyColumns }: { readonly keyColumns: readonly string[] }, row: Row): string {
  return JSON.stringify(keyColumns.map((column) => row[column]));
}

async function readHistories(
  transaction: Transaction,
  catalogue: EventCatalogue,
  { streams, appliedBelow }: { readonly streams: readonly StreamId[]; readonly appliedBelow: string | undefined },
): Promise<Map<string, History>> {
  const { rows } = await transaction.query<StoredEventRow & { due: boolean }>(
    `select e.*, coalesce(transaction_id < $4::xid8, false) as due
     from rows from (unnest($1::text[]), unnest($2::text[]), unnest($3::text[])) as w (t, y, i)
     cross join lateral (select ${STORED_EVENT_COLUMNS}, transaction_id from event_store.events
       where tenant_id = w.t and aggregate_type = w.y and aggregate_id = w.i order by sequence_number offset 0) e`,
    [...columnsOf(streams), appliedBelow ?? null],
  );
  const histories = new Map<string, { events: RecordedEvent[]; due: number }>();
  for (const row of rows) {
    const event = consumedEvent(row, catalogue);
    const key = streamKey(event);
    const history = histories.get(key) ?? { events: [], due: 0 };
    histories.set(key, history);
    history.events.push(event);
    if (row.due) history.due = Math.max(history.due, event.sequenceNumber);
  }
  return histories;
}

async function readLedger(
  transaction: Transaction,
  group: string,
  streams: readonly StreamId[],
): Promise<Map<string, Known>> {
  const { rows } = await transaction.query<StreamId & Known>(
    `select t as "tenantId", y as "aggregateType", i as "aggregateId", coalesce(v.version, 0) as version,
       exists (select from consumer.parked_events p where p.consumer_group = $4 and p.tenant_id = t and p.aggregate_type = y
         and p.aggregate_id = i) as parked
     from rows from (unnest($1::text[]), unnest($2::text[]), unnest($3::text[])) as w (t, y, i)
     left join lateral (select version from consumer.aggregate_versions where consumer_group = $4 and tenant_id = t
       and aggregate_type = y and aggregate_id = i offset 0) v on true`,
    [...columnsOf(streams), group],
  );
  return new Map(rows.map((row) => [streamKey(row), row]));
}

function columnsOf(streams: readonly StreamId[]): string[][] {
  return [
    streams.map(({ tenantId }) => tenantId),
    streams.map(({ aggregateType }) => aggregateType),
    streams.map(({ aggregateId }) => aggregateId),
  ];
}

/** Rows of a projection that holds a row per aggregate or event, by key as text. */
async function readRows(
  transaction: Transaction,
  projection: Projection<DomainEvent, Row> | undefined,
  histories: readonly History[],
): Promise<Map<string, Row>> {
  if (!projection || projection.rowPer === 'group') return new Map();
  const events = histories.flatMap((history) =>
    projection.rowPer === 'event' ? history.events : history.events.slice(0, 1),
  );
  const keys = events.map((event) => projection.key(event));
  const table = `read_model.${projection.table}`;
  const same = projection.keyColumns.map((column) => `t.${column} = k.${column}`).join(' and ');
  const { rows } = await transaction.query<{ row: Row }>(
    `select to_jsonb(t) as row from jsonb_populate_recordset(null::${table}, $1) k
     cross join lateral (select * from ${table} t where ${same} offset 0) t`,
    [JSON.stringify(keys)],
  );
  return new Map(rows.map(({ row }) => [keyText(projection, row), row]));
}
