import type { RegisteredSchema } from '@millrace/avro';
import type { Database } from '@millrace/postgres';

/** Ids of the Avro schemas as `millrace deploy` stored them: no writer needs the registry. */
export async function loadSchemaIds(database: Database): Promise<RegisteredSchema[]> {
  const { rows } = await database.query<RegisteredSchema>(
    `select subject, event_version as "eventVersion", schema_id as "schemaId"
       from outbox.schema_ids order by subject, event_version`,
  );
  return rows;
}
