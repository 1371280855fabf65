/** C6: no answer, row or record of a tenant contains the canary of another one. */
import type { Database } from '@millrace/postgres';

import type { LoadTenant } from '../load/load.ts';
import type { Finding } from './findings.ts';
import type { LogEntry } from './witness.ts';

const LISTS = ['/v1/orders', '/v1/jobs', '/v1/persons', '/v1/hirings', '/v1/users', '/v1/events', '/v1/activity'];
/** Ids are the same in each tenant, so that whoever mixes tenants up finds something. */
const ENTITIES = ['/v1/orders/o-1', '/v1/orders/o-2', '/v1/jobs/j-1', '/v1/persons/p-1', '/v1/users/u-1'];
const PATHS = [...LISTS, ...ENTITIES, ...ENTITIES.map((path) => `${path}/history`)];

/** Records whose tenant is not that of the canary in their value, key or headers. */
export function checkRecords(tenants: readonly LoadTenant[], entries: readonly LogEntry[]): Finding[] {
  return entries.flatMap(({ topic, partition, offset, key, value, headers }) => {
    const text = `${key} ${value?.toString('latin1')} ${JSON.stringify(headers)}`;
    return strangers(tenants, headers['ce_tenantid'], text).map((tenantId) =>
      leak(`record ${topic}/${partition}/${offset} of ${headers['ce_tenantid']} holds data of ${tenantId}`),
    );
  });
}

/** What each tenant is answered. */
export async function checkAnswers(tenants: readonly LoadTenant[]): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const { tenantId, client } of tenants) {
    for (const path of PATHS) {
      const { body } = await client.get(path);
      const others = strangers(tenants, tenantId, JSON.stringify(body));
      findings.push(...others.map((other) => leak(`GET ${path} of ${tenantId} holds data of ${other}`)));
    }
  }
  return findings;
}

/** Every table that has a tenant. */
export async function checkRows(database: Database, tenants: readonly LoadTenant[]): Promise<Finding[]> {
  const { rows: tables } = await database.query<{ name: string }>(
    `select format('%I.%I', table_schema, table_name) as name from information_schema.columns
      join information_schema.tables using (table_schema, table_name)
      where column_name = 'tenant_id' and table_type = 'BASE TABLE'
        and table_schema not in ('pg_catalog', 'information_schema')`,
  );
  const findings: Finding[] = [];
  for (const { name } of tables) {
    const { rows } = await database.query<{ tenantId: string; row: string }>(
      `select tenant_id as "tenantId", t::text as row from ${name} t where tenant_id = any($1)`,
      [tenants.map(({ tenantId }) => tenantId)],
    );
    for (const { tenantId, row } of rows) {
      const others = strangers(tenants, tenantId, row);
      findings.push(...others.map((other) => leak(`a row of ${tenantId} in ${name} holds data of ${other}`)));
    }
  }
  return findings;
}

function strangers(tenants: readonly LoadTenant[], tenantId: string | undefined, text: string): string[] {
  return tenants
    .filter((tenant) => tenant.tenantId !== tenantId && text.includes(tenant.canary))
    .map((tenant) => tenant.tenantId);
}

function leak(detail: string): Finding {
  return { check: 'C6', kind: 'leaked', detail };
}
