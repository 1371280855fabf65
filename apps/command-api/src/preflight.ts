/** What must be there before the first command: otherwise commands would fail one by one, or their events go nowhere. */
import { subjectOf } from '@millrace/avro';
import { type EventCatalogue, MillraceError } from '@millrace/core';
import { loadSchemaIds } from '@millrace/outbox';
import type { Database } from '@millrace/postgres';

export type PreflightOptions = {
  /** What commands may append. */
  readonly catalogues: readonly EventCatalogue[];
  readonly slotName: string;
};

const privileges: readonly (readonly [table: string, privilege: string])[] = [
  ['event_store.events', 'select'],
  ['event_store.events', 'insert'],
  ['event_store.snapshots', 'select'],
  ['event_store.snapshots', 'insert'],
  ['event_store.snapshots', 'delete'],
  ['event_store.idempotency_keys', 'select'],
  ['event_store.idempotency_keys', 'insert'],
  ['event_store.epoch', 'select'],
  ['command.pending_commands', 'select'],
  ['command.pending_commands', 'insert'],
  ['command.pending_commands', 'update'],
  ['outbox.outbox_messages', 'insert'],
  ['outbox.schema_ids', 'select'],
];

/**
 * @throws MillraceError `PREFLIGHT_FAILED` naming everything that is missing (facts `problems`); `STORE_UNAVAILABLE`
 */
export async function preflight(database: Database, { catalogues, slotName }: PreflightOptions): Promise<void> {
  const missingRights = await rightsProblems(database);
  // Without the tables nothing else can be asked.
  const schemaProblems = missingRights.length > 0 ? [] : await schemaIdProblems(database, catalogues);
  const problems = [
    ...missingRights,
    ...schemaProblems,
    ...(await topicProblems(database, catalogues)),
    ...(await replicationProblems(database, slotName)),
  ];
  if (problems.length === 0) return;
  const list = problems.map((problem) => `\n  - ${problem}`).join('');
  const message = `${problems.length} problem(s) before the first command:${list}\nFix: run \`npx millrace deploy\`.`;
  throw new MillraceError('PREFLIGHT_FAILED', message, { facts: { problems } });
}

async function rightsProblems(database: Database): Promise<string[]> {
  const { rows } = await database.query<{
    wanted: string;
    privilege: string;
    found: boolean;
    granted: boolean;
    role: string;
  }>(
    `select wanted, privilege, current_user as role, pg_class.oid is not null as found,
            coalesce(has_schema_privilege(pg_namespace.oid, 'usage') and has_table_privilege(pg_class.oid, privilege), false) as granted
       from unnest($1::text[], $2::text[]) as needed (wanted, privilege)
       left join pg_namespace on nspname = split_part(wanted, '.', 1)
       left join pg_class on relnamespace = pg_namespace.oid and relname = split_part(wanted, '.', 2)
      order by wanted, privilege`,
    [privileges.map(([table]) => table), privileges.map(([, privilege]) => privilege)],
  );
  const absent = new Set(rows.filter(({ found }) => !found).map(({ wanted }) => `table ${wanted} is missing`));
  const refused = rows.filter(({ found, granted }) => found && !granted);
  return [...absent, ...refused.map(({ role, privilege, wanted }) => `role ${role} may not ${privilege} on ${wanted}`)];
}

/** Every version, not only the newest: an older process of the same deployment still writes the one before. */
async function schemaIdProblems(database: Database, catalogues: readonly EventCatalogue[]): Promise<string[]> {
  const ids = await loadSchemaIds(database);
  const known = new Set(ids.map(({ subject, eventVersion }) => `${subject} version ${eventVersion}`));
  return catalogues
    .flatMap(({ definitions }) => definitions)
    .flatMap(({ topic, schemas }) =>
      Object.entries(schemas).map(([version, schema]) => `${subjectOf(topic, schema)} version ${version}`),
    )
    .filter((schema) => !known.has(schema))
    .map((schema) => `schema ${schema} has no id`);
}

/** The list is in the constraint that `outbox.allow_topics` makes: `CHECK ((topic = ANY ('{a,b}'::text[])))`. */
async function topicProblems(database: Database, catalogues: readonly EventCatalogue[]): Promise<string[]> {
  const { rows } = await database.query<{ topics: string[] | null }>(
    `select substring(pg_get_constraintdef(pg_constraint.oid) from '''({.*})''::text')::text[] as topics from pg_constraint
       join pg_class on pg_class.oid = conrelid join pg_namespace on pg_namespace.oid = relnamespace
      where conname = 'outbox_messages_topic_exists' and relname = 'outbox_messages' and nspname = 'outbox'`,
  );
  const taken = new Set(rows[0]?.topics);
  const topics = new Set(catalogues.flatMap(({ definitions }) => definitions.map(({ topic }) => topic)));
  return [...topics].filter((topic) => !taken.has(topic)).map((topic) => `the outbox does not take topic ${topic}`);
}

async function replicationProblems(database: Database, slotName: string): Promise<string[]> {
  const { rows } = await database.query<{ slot: boolean; publication: boolean }>(
    `select exists (select from pg_replication_slots where slot_name = $1 and database = current_database()) as slot,
            exists (select from pg_publication where pubname = 'millrace') as publication`,
    [slotName],
  );
  return [
    ...(rows[0]?.slot ? [] : [`replication slot ${slotName} is missing: what is committed without it may never leave`]),
    ...(rows[0]?.publication ? [] : ['publication millrace is missing']),
  ];
}
