import type { RegisteredSchema } from '@millrace/avro';
import type { Config } from '@millrace/config';
import { MillraceError } from '@millrace/core';
import { type Database, migrate, setRolePasswords } from '@millrace/postgres';

/** Variables that name the passwords of the app roles. */
export const rolePasswordVariables = [
  'COMMAND_ROLE_PASSWORD',
  'PROJECTOR_ROLE_PASSWORD',
  'QUERY_ROLE_PASSWORD',
  'CDC_ROLE_PASSWORD',
  'BACKUP_ROLE_PASSWORD',
] as const;

type RoleConfig = Config<(typeof rolePasswordVariables)[number] | 'DATABASE_URL'>;

/** Schema, roles and passwords. @returns names of the migrations that ran */
export async function deployDatabase(config: RoleConfig): Promise<string[]> {
  const migrations = await migrate(config.DATABASE_URL);
  const passwords = rolePasswordVariables.map((name) => [
    `millrace_${name.slice(0, name.indexOf('_')).toLowerCase()}`,
    config[name],
  ]);
  await setRolePasswords(config.DATABASE_URL, Object.fromEntries(passwords) as Record<string, string>);
  return migrations;
}

/**
 * Writes the ids that the registry gave. A known schema must have kept its id: records carry it.
 * @throws MillraceError `PREFLIGHT_FAILED` when the registry has forgotten what it had given
 */
export async function saveSchemaIds(database: Database, schemas: readonly RegisteredSchema[]): Promise<void> {
  await database.query(
    `insert into outbox.schema_ids (subject, event_version, schema_id)
     select subject, event_version, schema_id from jsonb_to_recordset($1) as given (subject text, event_version integer, schema_id integer)
     on conflict do nothing`,
    [
      JSON.stringify(
        schemas.map(({ subject, eventVersion, schemaId }) => ({
          subject,
          event_version: eventVersion,
          schema_id: schemaId,
        })),
      ),
    ],
  );
  const { rows } = await database.query<{ subject: string; event_version: number; schema_id: number }>(
    'select subject, event_version, schema_id from outbox.schema_ids',
  );
  const saved = new Map(rows.map((row) => [`${row.subject} version ${row.event_version}`, row.schema_id]));
  const changed = schemas.filter(
    (schema) => saved.get(`${schema.subject} version ${schema.eventVersion}`) !== schema.schemaId,
  );
  if (changed.length === 0) return;
  const names = changed.map(({ subject, eventVersion }) => `${subject} version ${eventVersion}`);
  throw new MillraceError(
    'PREFLIGHT_FAILED',
    `the registry gave other ids than records already carry, for ${names.join(', ')}: restore its content, then deploy again`,
  );
}
