import { subjectOf } from '@millrace/avro';
import { internalCatalogues } from '@millrace/contracts/topology';
import type { Database } from '@millrace/postgres';

/** Does to a migrated database what `millrace deploy` adds to it: schema ids and a replication slot. */
export async function deploy(owner: Database, slotName: string): Promise<void> {
  let schemaId = 0;
  for (const { topic, schemas } of internalCatalogues.flatMap(({ definitions }) => definitions)) {
    for (const [version, schema] of Object.entries(schemas)) {
      await owner.query('insert into outbox.schema_ids values ($1, $2, $3)', [
        subjectOf(topic, schema),
        Number(version),
        (schemaId += 1),
      ]);
    }
  }
  await owner.query(`select pg_create_logical_replication_slot($1, 'pgoutput')`, [slotName]);
}

/** A database with a slot cannot be dropped. */
export async function undeploy(owner: Database, slotName: string): Promise<void> {
  await owner.query('select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = $1', [
    slotName,
  ]);
}
