import type { DomainEvent, EventCatalogue, Projection, Row } from '@millrace/core';
import type { Database } from '@millrace/postgres';
import { aggregateTypesOn, type CheckedGroup, checkStreams, extraRows } from '@millrace/verification';

import { type FindingKind, openFindings, resolveFindings, type StoredFinding } from './findings.ts';
import { groupRowFindings } from './row-sample.ts';

const GROUP_KINDS: readonly FindingKind[] = ['position_skipped', 'row_missing', 'row_extra', 'row_drifted'];
const PER_ROUND = 200;

/** What a recheck works with. */
export type RecheckParts = { readonly database: Database; readonly catalogue: EventCatalogue };

/** Looks at open findings about groups once more, and closes those that are right again. @returns how many */
export async function recheckFindings(
  parts: RecheckParts,
  groups: readonly CheckedGroup[],
  appliedBelow: string | undefined,
): Promise<number> {
  const open = await openFindings(parts.database, { kinds: GROUP_KINDS, limit: PER_ROUND });
  let resolved = 0;
  for (const [group, findings] of Map.groupBy(open, (finding) => finding.group)) {
    const checked = groups.find((one) => one.group === group);
    const wrong = checked ? await stillWrong(parts, checked, { findings, appliedBelow }) : new Set<string>();
    const right = findings.filter((finding) => !wrong.has(identity(finding)));
    resolved += await resolveFindings(
      parts.database,
      right.map(({ findingId }) => findingId),
    );
  }
  return resolved;
}

type Place = { readonly kind: string; readonly tenantId?: string | null; readonly aggregateId?: string | null };

// Not the version: a row that drifts goes on doing so under the next one.
const identity = ({ kind, tenantId, aggregateId }: Place) =>
  JSON.stringify([kind, tenantId ?? null, aggregateId ?? null]);

async function stillWrong(
  { database, catalogue }: RecheckParts,
  checked: CheckedGroup,
  {
    findings,
    appliedBelow,
  }: { readonly findings: readonly StoredFinding[]; readonly appliedBelow: string | undefined },
): Promise<Set<string>> {
  const streams = findings.flatMap(({ tenantId, aggregateType, aggregateId }) =>
    tenantId && aggregateType && aggregateId ? [{ tenantId, aggregateType, aggregateId }] : [],
  );
  const { mismatches } = await checkStreams({ database, catalogue, checked, appliedBelow }, distinct(streams));
  const wrong = new Set(mismatches.map(identity));
  const { projection } = checked;
  if (!projection) return wrong;
  for (const one of await wrongRows({ database, catalogue }, projection, findings)) wrong.add(identity(one));
  return wrong;
}

async function wrongRows(
  { database, catalogue }: RecheckParts,
  projection: Projection<DomainEvent, Row>,
  findings: readonly StoredFinding[],
): Promise<readonly Place[]> {
  if (projection.rowPer === 'group') {
    const tenants = [...new Set(findings.flatMap(({ tenantId }) => tenantId ?? []))];
    const checks = [];
    for (const tenantId of tenants)
      checks.push(...(await groupRowFindings({ database, catalogue }, projection, tenantId)).found);
    return checks.map(({ kind, tenantId = null, aggregateId = null }) => ({ kind, tenantId, aggregateId }));
  }
  const id = projection.keyColumns.find((column) => column !== 'tenant_id') ?? '';
  const rows = findings
    .filter(({ kind }) => kind === 'row_extra')
    .map(({ tenantId, aggregateId }) => ({ tenant_id: tenantId, [id]: aggregateId }));
  return extraRows(database, projection, { types: aggregateTypesOn(catalogue, projection.topics), rows });
}

function distinct<T>(items: readonly T[]): T[] {
  return [...new Map(items.map((item) => [JSON.stringify(item), item])).values()];
}
