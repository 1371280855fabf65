/** What an append costs at least: the statement of our own store, and the same rows as plain INSERTs. */
import type { Database } from '@millrace/postgres';
import { openDatabase } from '@millrace/postgres';

import type { BenchPostgres } from '../harness/bench-postgres.ts';
import { commandUrl, millraceTemplate, onDatabase, openStore } from '../suites/millrace-store.ts';
import { appendOf } from '../suites/order-appends.ts';
import { type Parameter, parameterOf, sample, type Statement } from './statement.ts';

/** Both, made from one append that is really carried out. */
export type AppendStatements = { readonly ours: Statement; readonly bare: Statement };

/** Carries out the sample append, listens to what is sent, and looks at the rows that it leaves. */
export async function appendStatements(postgres: BenchPostgres): Promise<AppendStatements> {
  const database = await postgres.create(await millraceTemplate(postgres));
  try {
    const { before, stream, event } = sample;
    const append = appendOf({ tenantId: 'acme', aggregateId: stream, eventId: event }, before);
    await onDatabase(database.url, (owner) => beginStreamAt(owner, append.stream.aggregateId, before));
    const ours = await heard(commandUrl(database), (heardDatabase) => openStore(heardDatabase).append(append));
    return { ours, bare: await onDatabase(database.url, (owner) => bareInserts(owner)) };
  } finally {
    await database.drop();
  }
}

/** A stream that seems to have had `version` events. */
async function beginStreamAt(owner: Database, stream: string, version: number): Promise<void> {
  await owner.query(
    `insert into event_store.events (tenant_id, aggregate_type, aggregate_id, sequence_number, event_id, event_type,
       event_version, payload, correlation_id, traceparent, occurred_at)
     values ('acme', 'order', $1, $2, gen_random_uuid(), 'OrderItemsUpdated', 1, '{}', 'c', 't', now())`,
    [stream, version],
  );
}

/** The one statement that some work sends. */
async function heard(url: string, work: (database: Database) => Promise<unknown>): Promise<Statement> {
  const real = openDatabase({ url, poolSize: 1 });
  const sent: { readonly text: string; readonly values?: unknown[] | undefined }[] = [];
  const listening: Database = {
    ...real,
    query: (statement, values) => {
      sent.push(typeof statement === 'string' ? { text: statement } : statement);
      return real.query(statement, values);
    },
  };
  await work(listening).finally(() => real.close());
  const [statement] = sent;
  if (!statement || sent.length > 1) throw new Error(`an append sent ${sent.length} statements`);
  const { text, values = [] } = statement;
  return { name: 'as our store', text, parameters: values.map((value) => parameterOf(value)) };
}

const TABLES = [
  { table: 'event_store.events', id: 'event_id' },
  { table: 'outbox.outbox_messages', id: 'id' },
];

/** The rows of the sample append with all that Postgres does not fill in by itself, as INSERTs in one statement. */
async function bareInserts(owner: Database): Promise<Statement> {
  const parameters: Parameter[] = [];
  const inserts: string[] = [];
  for (const table of TABLES) {
    const cells = await rowOf(owner, table);
    const values = cells.map(({ type }, index) => `$${parameters.length + index + 1}::${type}`);
    inserts.push(
      `insert into ${table.table} (${cells.map(({ name }) => name).join(', ')}) values (${values.join(', ')})`,
    );
    parameters.push(...cells.map(({ value }) => parameterOf(value)));
  }
  return { name: 'bare inserts', text: `with event as (${inserts[0]}) ${inserts[1]}`, parameters };
}

type Cell = { readonly name: string; readonly type: string; readonly value: unknown };

async function rowOf(owner: Database, { table, id }: (typeof TABLES)[number]): Promise<Cell[]> {
  const { rows: columns } = await owner.query<{ name: string; type: string }>(
    `select attname as name, format_type(atttypid, null) as type from pg_attribute
      where attrelid = $1::regclass and attnum > 0 and not attisdropped and not atthasdef and attidentity = ''
      order by attnum`,
    [table],
  );
  const list = columns.map(({ name, type }) => (type === 'bytea' ? name : `${name}::text as ${name}`));
  const { rows } = await owner.query<Record<string, unknown>>(
    `select ${list.join(', ')} from ${table} where ${id} = $1`,
    [sample.event],
  );
  const [row] = rows;
  if (!row) throw new Error(`the sample append left no row in ${table}`);
  return columns.map(({ name, type }) => ({ name, type, value: row[name] }));
}
