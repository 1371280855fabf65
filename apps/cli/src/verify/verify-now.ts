import {
  type CanaryAge,
  canaryAges,
  countOpenFindings,
  type FindingKind,
  isLate,
  openFindings,
  type StoredFinding,
} from '@millrace/audit';
import { storedEvents } from '@millrace/contracts/topology';
import { checkedGroups } from '@millrace/fleet';
import type { Database } from '@millrace/postgres';
import { aggregateTypesOn, checkStreams, recordsBehind, type StreamMismatch } from '@millrace/verification';

import { aligned } from './verify-full.ts';

/** What to look at. */
export type NowScope = {
  readonly database: Database;
  readonly brokers: readonly string[];
  readonly tenantId?: string | undefined;
  readonly projection?: string | undefined;
  readonly canarySeconds: number;
};

/** How a group stands now, and what a few of its newest aggregates show. */
export type GroupNow = {
  readonly group: string;
  /** Records that it has still to read. */
  readonly lag: number;
  readonly sampled: number;
  readonly mismatches: readonly StreamMismatch[];
};

/** What the auditor has found, and what a short look adds. */
export type NowReport = {
  readonly canaries: readonly (CanaryAge & { readonly late: boolean })[];
  readonly open: Readonly<Record<FindingKind, number>>;
  readonly findings: readonly StoredFinding[];
  readonly groups: readonly GroupNow[];
};

const SAMPLE = 20;

/** Bounded: some dozens of aggregates per group, however much there is. Errors as `Database.query`. */
export async function verifyNow(scope: NowScope): Promise<NowReport> {
  const { database, tenantId, projection, canarySeconds } = scope;
  const ages = canarySeconds > 0 ? await canaryAges(database) : [];
  const groups: GroupNow[] = [];
  for (const checked of checkedGroups.filter(({ group }) => projection === undefined || group === projection)) {
    const { rows } = await database.query<{ tenantId: string; aggregateType: string; aggregateId: string }>(
      `select distinct tenant_id as "tenantId", aggregate_type as "aggregateType", aggregate_id as "aggregateId" from (
         select tenant_id, aggregate_type, aggregate_id from event_store.events
         where aggregate_type = any($1) and ($2::text is null or tenant_id = $2)
         order by transaction_id desc, global_position desc limit ${SAMPLE}) e`,
      [aggregateTypesOn(storedEvents, checked.topics), tenantId ?? null],
    );
    const { mismatches } = await checkStreams({ database, catalogue: storedEvents, checked }, rows);
    groups.push({ group: checked.group, lag: await recordsBehind(scope, checked), sampled: rows.length, mismatches });
  }
  return {
    canaries: ages.map((age) => ({ ...age, late: isLate(age, canarySeconds) })),
    open: Object.fromEntries(await countOpenFindings(database)) as Record<FindingKind, number>,
    findings: await openFindings(database, { tenantId, group: projection }),
    groups,
  };
}

/** Whether nothing is wrong. */
export function isWell({ canaries, findings, groups }: NowReport): boolean {
  return (
    findings.length === 0 &&
    canaries.every(({ late }) => !late) &&
    groups.every(({ mismatches }) => mismatches.length === 0)
  );
}

/** The report for people. */
export function nowText(report: NowReport): string {
  const { canaries, open, findings, groups } = report;
  const found = Object.entries(open).filter(([, count]) => count > 0);
  return [
    ...aligned([
      ['group', 'behind', 'sampled', 'wrong'],
      ...groups.map(({ group, lag, sampled, mismatches }) => [group, `${lag}`, `${sampled}`, `${mismatches.length}`]),
    ]),
    '',
    ...aligned([
      ['canary', 'seconds ago'],
      ...canaries.map(({ topic, ageSeconds, late }) => [topic, `${ageSeconds.toFixed(0)}${late ? ' late' : ''}`]),
    ]),
    '',
    found.length === 0
      ? 'no open findings'
      : `open findings: ${found.map(([kind, count]) => `${count} ${kind}`).join(', ')}`,
    ...findings.map(findingLine),
    ...groups.flatMap(({ group, mismatches }) =>
      mismatches.map(
        ({ kind, tenantId, aggregateType, aggregateId, detail }) =>
          `  ${kind}  ${group}  ${tenantId} ${aggregateType} ${aggregateId}  ${detail}`,
      ),
    ),
    isWell(report) ? '✔ nothing is wrong' : '✖ something is wrong; `--full` looks at everything',
  ].join('\n');
}

function findingLine({
  findingId,
  kind,
  topic,
  group,
  tenantId,
  aggregateType,
  aggregateId,
  ...rest
}: StoredFinding): string {
  const place = [
    topic,
    group,
    tenantId,
    aggregateType,
    aggregateId,
    rest.sequenceNumber && `version ${rest.sequenceNumber}`,
  ];
  return `  ${kind}  ${place.filter(Boolean).join(' ')}  ${rest.detail}  since ${rest.foundAt}  ${findingId}`;
}
