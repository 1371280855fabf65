/** The publication: which tables' inserts Postgres streams. A table that is not in it is passed over, and nobody is told. */
import type { Database } from '@millrace/postgres';

import { SLOT_NAME } from './slot.ts';

const TABLES = ['dead_letters', 'heartbeat', 'outbox_messages'];

/** SQL, one row with one boolean `ok`: inserts of exactly our tables, each through its root. */
export const PUBLICATION_IS_WHOLE = `
  select count(*) = 1 as ok from pg_publication p where pubname = '${SLOT_NAME}' and pubinsert and not pubupdate and not pubdelete and pubviaroot
     and (select array_agg(tablename order by tablename) from pg_publication_tables t where t.pubname = p.pubname and t.rowfilter is null)
         = array[${TABLES.map((table) => `'${table}'`).join(', ')}]::name[]`;

/** Whether the publication is as the migrations make it. */
export async function isPublicationWhole(database: Database): Promise<boolean> {
  const { rows } = await database.query<{ ok: boolean }>(PUBLICATION_IS_WHOLE);
  return rows[0]?.ok === true;
}

/** Makes it so, if it is not. What was committed meanwhile is not in the stream of the present slot, and never will be. */
export async function restorePublication(database: Database): Promise<void> {
  if (await isPublicationWhole(database)) return;
  await database.transaction(async (transaction) => {
    await transaction.query(`drop publication if exists ${SLOT_NAME}`);
    await transaction.query(
      `create publication ${SLOT_NAME} for table ${TABLES.map((table) => `outbox.${table}`).join(', ')}
         with (publish = 'insert', publish_via_partition_root = true)`,
    );
  });
}
