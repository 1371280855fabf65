import type { CanarySource } from '@millrace/audit';
import { EventEncoder } from '@millrace/avro';
import { CANARY_TYPE } from '@millrace/contracts/canary';
import { canaryCatalogues } from '@millrace/contracts/topology';
import { dataSchemaOf, loadSchemaIds } from '@millrace/outbox';
import type { Database } from '@millrace/postgres';

/**
 * A canary for each topic of internal events.
 * @throws MillraceError `SCHEMA_NOT_REGISTERED` before `millrace deploy` has registered it
 */
export async function canarySources(database: Database): Promise<CanarySource[]> {
  const schemaIds = await loadSchemaIds(database);
  return canaryCatalogues.map((catalogue) => {
    const definition = catalogue.definition(CANARY_TYPE);
    // One encoder per topic: the subject, and with it the id of the schema, is that of the topic.
    const encoder = new EventEncoder([catalogue], schemaIds);
    return {
      topic: definition.topic,
      type: CANARY_TYPE,
      dataSchema: dataSchemaOf(definition, 1),
      encode: (data) => encoder.encode(CANARY_TYPE, data),
    };
  });
}
