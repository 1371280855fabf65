/** Our own event store as production has it: every migration, the roles, the Avro encoder, the topics of the outbox. */
import { EventEncoder, type SchemaSource, subjectOf } from '@millrace/avro';
import { catalogues, internalCatalogues, outboxTopics, storedEvents } from '@millrace/contracts/topology';
import { PostgresEventStore } from '@millrace/event-store';
import { type Database, migrate, openDatabase, setRolePasswords } from '@millrace/postgres';

import type { BenchDatabase, BenchPostgres } from '../harness/bench-postgres.ts';
import type { Driver } from '../harness/load.ts';
import { nthAppend } from './order-appends.ts';

const PASSWORD = 'bench';

/** Makes the template of the store. @returns its name */
export async function millraceTemplate(postgres: BenchPostgres): Promise<string> {
  const name = 'bench_millrace';
  await postgres.template(name, async (url) => {
    await migrate(url);
    await setRolePasswords(url, { millrace_command: PASSWORD, millrace_projector: PASSWORD });
    await onDatabase(url, async (database) => {
      await database.query(`select outbox.make_partitions(now() - interval '1 hour', 4)`);
      await database.query('select outbox.allow_topics($1)', [outboxTopics]);
    });
  });
  return name;
}

/** URL of the role that appends. */
export function commandUrl(database: Pick<BenchDatabase, 'url'>): string {
  return Object.assign(new URL(database.url), { username: 'millrace_command', password: PASSWORD }).href;
}

/** URL of the role that keeps read models. */
export function projectorUrl(database: Pick<BenchDatabase, 'url'>): string {
  return Object.assign(new URL(database.url), { username: 'millrace_projector', password: PASSWORD }).href;
}

/** The store on a database. Ids of schemas have the size of real ones. @param coalesce whether appends share statements */
export function openStore(database: Database, coalesce = true): PostgresEventStore {
  return new PostgresEventStore({ database, catalogue: storedEvents, encode, coalesce });
}

const registered = catalogues
  .flatMap(({ definitions }) =>
    definitions.flatMap(({ topic, schemas }) =>
      Object.entries(schemas).map(([version, schema]) => ({
        subject: subjectOf(topic, schema),
        eventVersion: Number(version),
        schema,
      })),
    ),
  )
  .map((row, index) => ({ ...row, schemaId: index + 1 }));
const encoder = new EventEncoder(internalCatalogues, registered);

/** Bytes of an event as the outbox has them. */
export function encode(type: string, data: unknown): Buffer {
  return encoder.encode(type, data);
}

/** What a registry would answer. */
export const schemaSource: SchemaSource = {
  async schemaById(schemaId) {
    const { schema } = registered[schemaId - 1] ?? {};
    if (!schema) throw new RangeError(`there is no schema ${schemaId}`);
    return schema;
  },
};

/** How appends are made; as command-api makes them, of one tenant, unless told otherwise. */
export type DriverOptions = {
  /** Tenant of a writer's append. */
  readonly tenantOf?: (writer: number, index: number) => string;
  readonly coalesce?: boolean;
};

/** Appends through the store. */
export async function millraceDriver(
  database: BenchDatabase,
  poolSize: number,
  { tenantOf = () => 'acme', coalesce = true }: DriverOptions = {},
): Promise<Driver> {
  const pool = openDatabase({ url: commandUrl(database), poolSize, applicationName: 'command-api' });
  const store = openStore(pool, coalesce);
  return {
    operate: (writer, index) => store.append(nthAppend(writer, index, tenantOf(writer, index))),
    close: () => pool.close(),
    check: (done) => checkStore(database, done),
  };
}

/** What is wrong with a store after appends: rows that are missing, too many, out of sequence or not announced. */
export async function checkStore(database: BenchDatabase, done: readonly number[]): Promise<string[]> {
  return onDatabase(database.url, async (owner) => {
    const { rows } = await owner.query<Record<string, number>>(`
      with streams as (
        select count(*) as events, max(sequence_number) as version, min(sequence_number) as first
          from event_store.events group by tenant_id, aggregate_type, aggregate_id)
      select (select count(*) from event_store.events) as events,
             (select count(distinct event_id) from event_store.events) as ids,
             (select count(*) from outbox.outbox_messages) as announced,
             (select count(*) from event_store.events join outbox.outbox_messages on id = event_id
               where key = aggregate_id and ce_aggregateversion = sequence_number::text) as matching,
             (select count(*) from streams where version <> events or first <> 1) as gaps`);
    return differences(rows[0] ?? {}, done);
  });
}

function differences(found: Record<string, number>, done: readonly number[]): string[] {
  const appended = done.reduce((sum, count) => sum + count, 0);
  const expected = { events: appended, ids: appended, announced: appended, matching: appended, gaps: 0 };
  return Object.entries(expected).flatMap(([name, count]) =>
    found[name] === count ? [] : [`${name}: ${found[name]}, expected ${count}`],
  );
}

/** Runs work on a database as its owner. */
export async function onDatabase<T>(url: string, work: (database: Database) => Promise<T>): Promise<T> {
  const database = openDatabase({ url, poolSize: 1, statementTimeoutMs: 1_200_000 });
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}
