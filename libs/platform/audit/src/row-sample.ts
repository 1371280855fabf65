/**
 * Rows against a replay, a few at a time, round after round through all of them:
 *
 *     streams that were seen ──▶ a row that is missing or differs
 *     rows of the table ───────▶ a row that no event accounts for, or that differs
 *
 * Where rows gather many aggregates, a round takes one tenant, if it has few events. Cost is bounded by the sizes below,
 * not by the store: `verify --full` looks at everything.
 */
import type { DomainEvent, EventCatalogue, Projection, Row, StreamId } from '@millrace/core';
import type { Database } from '@millrace/postgres';
import {
  aggregateTypesOn,
  type CheckedGroup,
  checkGroupRows,
  checkStreams,
  extraRows,
  gatheredMismatches,
} from '@millrace/verification';

import { type Finding, type StoredFinding, writeFindings } from './findings.ts';
import { groupFinding } from './group-sweep.ts';

/** What a sample works with. */
export type RowSampleParts = {
  readonly database: Database;
  readonly catalogue: EventCatalogue;
  /** Most streams, and most rows, per projection and round. Default 25. */
  readonly size?: number;
  /** Longer streams, and larger tenants, are left to `verify --full`. Default 500. */
  readonly mostEvents?: number;
};

/** What a round about one projection looked at, and found that was not known. */
export type RowSampleReport = {
  readonly events: number;
  readonly rows: number;
  readonly findings: readonly StoredFinding[];
};

type Sample = Omit<RowSampleReport, 'findings'> & { readonly findings: readonly Finding[] };

const SIZE = 25;
const MOST_EVENTS = 500;

/**
 * One round about a group that keeps a table; nothing for others.
 * @param appliedBelow what the group must have applied, where that is known. Errors as `Database.query`
 */
export async function sampleRows(
  parts: RowSampleParts,
  checked: CheckedGroup,
  appliedBelow: string | undefined,
): Promise<RowSampleReport> {
  const { projection } = checked;
  if (!projection) return { events: 0, rows: 0, findings: [] };
  const report =
    projection.rowPer === 'group'
      ? await sampleTenant(parts, projection)
      : await sampleStreams(parts, checked, { projection, appliedBelow });
  return { ...report, findings: await writeFindings(parts.database, report.findings) };
}

async function sampleStreams(
  parts: RowSampleParts,
  checked: CheckedGroup,
  {
    projection,
    appliedBelow,
  }: { readonly projection: Projection<DomainEvent, Row>; readonly appliedBelow: string | undefined },
): Promise<Sample> {
  const { database, catalogue, size = SIZE } = parts;
  const check = await checkStreams({ database, catalogue, checked, appliedBelow }, await nextStreams(parts, checked));
  const types = aggregateTypesOn(catalogue, checked.topics);
  const rows = await nextRows(database, projection, size);
  const extra = await extraRows(database, projection, { types, rows });
  const mismatches = [...check.mismatches, ...extra];
  return {
    events: check.events,
    rows: check.rows + rows.length,
    findings: mismatches.map((mismatch) => groupFinding(checked, mismatch)),
  };
}

async function sampleTenant(
  { database, catalogue, mostEvents = MOST_EVENTS }: RowSampleParts,
  projection: Projection<DomainEvent, Row>,
): Promise<Sample> {
  const tenantId = await nextTenant(database, projection, aggregateTypesOn(catalogue, projection.topics));
  if (tenantId === undefined) return { events: 0, rows: 0, findings: [] };
  const findings = await groupRowFindings({ database, catalogue, mostEvents }, projection, tenantId);
  return { events: findings.events, rows: findings.rows, findings: findings.found };
}

/** What is wrong with the rows of a tenant that gather its aggregates. */
export async function groupRowFindings(
  parts: { readonly database: Database; readonly catalogue: EventCatalogue; readonly mostEvents?: number },
  projection: Projection<DomainEvent, Row>,
  tenantId: string,
): Promise<{ readonly events: number; readonly rows: number; readonly found: Finding[] }> {
  const check = await checkGroupRows({ ...parts, projection }, tenantId, parts.mostEvents);
  if (!check) return { events: 0, rows: 0, found: [] };
  const found = gatheredMismatches(tenantId, check).map(({ kind, aggregateId, detail }) => ({
    ...{ kind, group: projection.name, tenantId, aggregateId, detail },
  }));
  return { events: check.events, rows: check.expected, found };
}

/** Keeps the place of a round in `audit.sweeps`; behind the last one it begins again. */
async function nextOf<T>(
  database: Database,
  sweep: string,
  read: (after: T | null) => Promise<{ readonly found: readonly T[]; readonly last: T | null }>,
): Promise<readonly T[]> {
  await database.query('insert into audit.sweeps (sweep) values ($1) on conflict do nothing', [sweep]);
  const { rows } = await database.query<{ after: T | null }>(
    'select after_key as after from audit.sweeps where sweep = $1',
    [sweep],
  );
  const { found, last } = await read(rows[0]?.after ?? null);
  await database.query('update audit.sweeps set after_key = $2, updated_at = clock_timestamp() where sweep = $1', [
    sweep,
    last === null ? null : JSON.stringify(last),
  ]);
  return found;
}

type SeenStream = StreamId & { readonly topic: string };

const BEFORE_ALL: SeenStream = { topic: '', tenantId: '', aggregateType: '', aggregateId: '' };

function nextStreams(
  { database, size = SIZE, mostEvents = MOST_EVENTS }: RowSampleParts,
  { group, topics }: CheckedGroup,
): Promise<readonly SeenStream[]> {
  return nextOf<SeenStream>(database, `streams:${group}`, async (after) => {
    const start = after ?? BEFORE_ALL;
    const { rows } = await database.query<SeenStream & { long: boolean }>(
      `select topic, tenant_id as "tenantId", aggregate_type as "aggregateType", aggregate_id as "aggregateId",
         upper(versions) > $3 as long
       from audit.seen where topic = any($1) and (topic, tenant_id, aggregate_type, aggregate_id) > ($4, $5, $6, $7)
       order by topic, tenant_id, aggregate_type, aggregate_id limit $2`,
      [topics, size, mostEvents, start.topic, start.tenantId, start.aggregateType, start.aggregateId],
    );
    return { found: rows.filter(({ long }) => !long), last: rows.length < size ? null : (rows.at(-1) ?? null) };
  });
}

/** Keys of the next rows of a table. */
function nextRows(
  database: Database,
  { table, keyColumns, name }: Projection<DomainEvent, Row>,
  size: number,
): Promise<readonly Row[]> {
  const keys = keyColumns.join(', ');
  return nextOf<Row>(database, `rows:${name}`, async (after) => {
    const { rows } = await database.query<{ key: Row }>(
      `select to_jsonb(k) as key from (
         select ${keys} from read_model.${table} t
         where $1::jsonb is null or (${keys}) > (select ${keys} from jsonb_populate_record(null::read_model.${table}, $1))
         order by ${keys} limit $2) k`,
      [after === null ? null : JSON.stringify(after), size],
    );
    const found = rows.map(({ key }) => key);
    return { found, last: found.length < size ? null : (found.at(-1) ?? null) };
  });
}

/** The next tenant that has events or rows of the projection. */
async function nextTenant(
  database: Database,
  { name, table }: Projection<DomainEvent, Row>,
  types: readonly string[],
): Promise<string | undefined> {
  const found = await nextOf<string>(database, `tenants:${name}`, async (after) => {
    // Loose index scans: the least tenant behind the last one, in the ledger of seen events and in the table.
    const { rows } = await database.query<{ tenantId: string | null }>(
      `select least(
         (select min(tenant_id) from read_model.${table} where tenant_id > $1),
         (select min(tenant_id) from consumer.aggregate_versions where consumer_group = $2 and tenant_id > $1 and aggregate_type = any($3))
       ) as "tenantId"`,
      [after ?? '', name, types],
    );
    const next = rows[0]?.tenantId ?? null;
    return { found: next === null ? [] : [next], last: next };
  });
  return found[0];
}
