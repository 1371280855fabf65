/** C4: every read model against a fold in memory, and the dead letters, of which there should be none. */
import { storedEvents } from '@millrace/contracts/topology';
import type { RecordedEvent, Row } from '@millrace/core';
import { projections } from '@millrace/fleet';
import type { Database } from '@millrace/postgres';
import { compareProjection, replay } from '@millrace/verification';

import type { Finding, TenantEvents } from './findings.ts';

/**
 * Rows of one tenant in every read model, and what is parked of it.
 * @param apps those that run: nobody keeps the tables of the others
 */
export async function checkReadModels(
  database: Database,
  { tenantId, events }: TenantEvents<RecordedEvent>,
  apps: readonly string[],
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const projection of projections.filter(({ name }) => apps.includes(name))) {
    const told = events.filter(({ type }) => projection.topics.includes(storedEvents.definition(type).topic));
    const { rows } = await database.query<{ row: Row }>(
      `select to_jsonb(t) as row from read_model.${projection.table} t where tenant_id = $1`,
      [tenantId],
    );
    const { missing, extra, drifted } = compareProjection(
      projection,
      replay(projection, told),
      rows.map(({ row }) => row),
    );
    findings.push(
      ...missing.map((key) => finding('lost', `${projection.name} has no row ${key}`)),
      ...extra.map((key) => finding('invented', `${projection.name} has row ${key} for no reason`)),
      ...drifted.map(({ key, expected, actual }) =>
        finding(
          'different',
          `${projection.name} ${key} is ${JSON.stringify(actual)}, it should be ${JSON.stringify(expected)}`,
        ),
      ),
    );
  }
  return [...findings, ...(await parked(database, tenantId))];
}

async function parked(database: Database, tenantId: string): Promise<Finding[]> {
  const { rows } = await database.query<{ what: string }>(
    `select format('%s: %s %s version %s: %s', consumer_group, aggregate_type, aggregate_id, sequence_number, error_code) as what
       from consumer.parked_events where tenant_id = $1 limit 50`,
    [tenantId],
  );
  return rows.map(({ what }) => finding('parked', what));
}

function finding(kind: Finding['kind'], detail: string): Finding {
  return { check: 'C4', kind, detail };
}
