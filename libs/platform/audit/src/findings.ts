/**
 * Findings: `audit.findings`. One per place that is wrong, open until it is right again:
 *
 *     found ─▶ open ──seen, equal to a replay, or accepted──▶ resolved
 */
import type { Database, Transaction } from '@millrace/postgres';

/** What can be wrong. */
export const findingKinds = [
  /** In the store or the outbox, not on its topic. */
  'hole',
  /** On the topic, not in the store. */
  'invention',
  /** On the topic behind a later version of its aggregate, without having been sent again. */
  'out_of_order',
  /** The log of a topic ends before, or is another than, what was read of it. */
  'log_cut',
  /** A group has passed an event without applying it. */
  'position_skipped',
  /** A replay gives a row that the table lacks. */
  'row_missing',
  /** No event accounts for the row. */
  'row_extra',
  /** The row differs from a replay. */
  'row_drifted',
] as const;

/** One of them. */
export type FindingKind = (typeof findingKinds)[number];

/** Where something is wrong, as far as the place has such a part. */
export type Finding = {
  readonly kind: FindingKind;
  readonly topic?: string | undefined;
  readonly group?: string | undefined;
  readonly tenantId?: string | undefined;
  readonly aggregateType?: string | undefined;
  readonly aggregateId?: string | undefined;
  readonly sequenceNumber?: number | undefined;
  readonly eventId?: string | undefined;
  /** One sentence for people. */
  readonly detail: string;
};

/** A finding as it is kept. */
export type StoredFinding = {
  readonly findingId: string;
  readonly kind: FindingKind;
  readonly topic: string | null;
  readonly group: string | null;
  readonly tenantId: string | null;
  readonly aggregateType: string | null;
  readonly aggregateId: string | null;
  readonly sequenceNumber: number | null;
  readonly eventId: string | null;
  readonly detail: string;
  readonly foundAt: string;
  readonly resolvedAt: string | null;
};

const COLUMNS = `finding_id as "findingId", kind, topic, consumer_group as "group", tenant_id as "tenantId",
  aggregate_type as "aggregateType", aggregate_id as "aggregateId", sequence_number as "sequenceNumber", event_id as "eventId", detail,
  found_at as "foundAt", resolved_at as "resolvedAt"`;

/** Writes findings in one statement; what is open already stays as it is. @returns the new ones */
export async function writeFindings(
  connection: Pick<Transaction, 'query'> | Database,
  findings: readonly Finding[],
): Promise<StoredFinding[]> {
  if (findings.length === 0) return [];
  const { rows } = await (connection as Transaction).query<StoredFinding>({
    name: 'write findings',
    text: `insert into audit.findings (kind, topic, consumer_group, tenant_id, aggregate_type, aggregate_id, sequence_number, event_id, detail)
     select kind, topic, "group", "tenantId", "aggregateType", "aggregateId", "sequenceNumber", "eventId", detail
     from jsonb_to_recordset($1) as x (kind text, topic text, "group" text, "tenantId" text, "aggregateType" text,
       "aggregateId" text, "sequenceNumber" bigint, "eventId" uuid, detail text)
     on conflict (kind, topic, consumer_group, tenant_id, aggregate_type, aggregate_id, sequence_number)
       where resolved_at is null do nothing
     returning ${COLUMNS}`,
    values: [JSON.stringify(findings)],
  });
  return rows;
}

/** Which findings to read: open ones by default, the oldest first. */
export type FindingFilter = {
  readonly kinds?: readonly FindingKind[];
  readonly group?: string | undefined;
  readonly tenantId?: string | undefined;
  readonly limit?: number;
};

/** Open findings, the oldest first. */
export async function openFindings(
  database: Pick<Database, 'query'>,
  { kinds = findingKinds, group, tenantId, limit = 100 }: FindingFilter = {},
): Promise<StoredFinding[]> {
  const { rows } = await database.query<StoredFinding>(
    `select ${COLUMNS} from audit.findings
      where resolved_at is null and kind = any($1) and consumer_group is not distinct from coalesce($2, consumer_group)
        and tenant_id is not distinct from coalesce($3, tenant_id)
      order by found_at, finding_id limit $4`,
    [kinds, group ?? null, tenantId ?? null, limit],
  );
  return rows;
}

/** Number of open findings by kind; 0 where there is none. */
export async function countOpenFindings(database: Pick<Database, 'query'>): Promise<Map<FindingKind, number>> {
  const { rows } = await database.query<{ kind: FindingKind; count: number }>(
    'select kind, count(*) from audit.findings where resolved_at is null group by kind',
  );
  const counted = new Map(rows.map(({ kind, count }) => [kind, count]));
  return new Map(findingKinds.map((kind) => [kind, counted.get(kind) ?? 0]));
}

/** Closes findings: they are right again, or somebody has accepted them. @returns how many were open */
export async function resolveFindings(
  database: Pick<Database, 'query'>,
  findingIds: readonly string[],
): Promise<number> {
  if (findingIds.length === 0) return 0;
  const { rowCount } = await database.query(
    'update audit.findings set resolved_at = clock_timestamp() where finding_id = any($1::uuid[]) and resolved_at is null',
    [findingIds],
  );
  return rowCount ?? 0;
}
