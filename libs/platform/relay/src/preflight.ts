import { MillraceError } from '@millrace/core';
import type { Database } from '@millrace/postgres';

import { PUBLICATION_IS_WHOLE } from './publication.ts';
import { SLOT_NAME } from './slot.ts';

type Check = { readonly problem: string; readonly sql: string; readonly fix: string };

// Each statement answers one boolean, `ok`. Connect itself says RUNNING with most of these broken.
const checks: readonly Check[] = [
  {
    problem: 'wal_level is not logical',
    sql: `select current_setting('wal_level') = 'logical' as ok`,
    fix: 'set wal_level = logical and restart Postgres',
  },
  {
    problem: `the replication slot ${SLOT_NAME} is missing`,
    sql: `select exists (select from pg_replication_slots where slot_name = '${SLOT_NAME}') as ok`,
    fix: 'run `npx millrace deploy`',
  },
  {
    problem: `the publication ${SLOT_NAME} does not publish exactly the inserts of the outbox, the dead letters and the heartbeat through the root`,
    sql: PUBLICATION_IS_WHOLE,
    fix: 'run `npx millrace deploy` on an untouched schema, or restore the publication as in migrations 0003_outbox and 0012_dead_letters',
  },
  {
    problem: 'role millrace_cdc may not replicate',
    sql: `select rolreplication as ok from pg_roles where rolname = 'millrace_cdc'`,
    fix: 'alter role millrace_cdc replication',
  },
  {
    problem: 'role millrace_cdc does not bypass row security',
    sql: `select rolbypassrls as ok from pg_roles where rolname = 'millrace_cdc'`,
    fix: 'alter role millrace_cdc bypassrls',
  },
  {
    problem: 'role millrace_cdc may not read the outbox',
    sql: `select has_schema_privilege('millrace_cdc', 'outbox', 'usage') and bool_and(has_table_privilege('millrace_cdc', captured, 'select')) as ok from unnest(array['outbox.outbox_messages', 'outbox.dead_letters']) captured`,
    fix: 'grant usage on schema outbox to millrace_cdc; grant select on outbox.outbox_messages, outbox.dead_letters to millrace_cdc',
  },
  {
    problem: 'role millrace_cdc may not beat the heart',
    sql: `select bool_and(has_table_privilege('millrace_cdc', 'outbox.heartbeat', wanted)) as ok from unnest(array['select', 'insert', 'delete']) wanted`,
    fix: 'grant select, insert, delete on outbox.heartbeat to millrace_cdc',
  },
];

/**
 * Checks everything that would let the relay stall or lose rows in silence: WAL level, slot, publication, grants, topics.
 * @param existingTopics topics that the brokers have; every topic that the outbox may name must be among them
 * @throws MillraceError `PREFLIGHT_FAILED` naming every problem and its fix
 */
export async function relayPreflight(
  database: Database,
  options: { requiredTopics: readonly string[]; existingTopics: readonly string[] },
): Promise<void> {
  const problems: string[] = [];
  for (const { problem, sql, fix } of checks) {
    const { rows } = await database.query<{ ok: boolean }>(sql);
    if (rows[0]?.ok !== true) problems.push(`${problem}: ${fix}`);
  }
  for (const topic of options.requiredTopics) {
    if (!options.existingTopics.includes(topic))
      problems.push(`topic ${topic} does not exist: run \`npx millrace deploy\``);
  }
  if (problems.length > 0)
    throw new MillraceError('PREFLIGHT_FAILED', `the relay cannot run:\n  ${problems.join('\n  ')}`, {
      facts: { problems },
    });
}
