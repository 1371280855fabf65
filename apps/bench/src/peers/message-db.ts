/** Message DB 1.3.1: its function `write_message`, as its package installs it, called through our driver. No outbox. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { openDatabase } from '@millrace/postgres';

import type { BenchDatabase, BenchPostgres } from '../harness/bench-postgres.ts';
import type { Driver } from '../harness/load.ts';
import { onDatabase } from '../suites/millrace-store.ts';
import { nthAppend } from '../suites/order-appends.ts';

const FOLDER = join(dirname(fileURLToPath(import.meta.resolve('@eventide/message-db/package.json'))), 'database');

/** What an append needs, in the order of its own install script. */
const FILES = [
  'schema/message-store.sql',
  'extensions/pgcrypto.sql',
  'tables/messages.sql',
  'functions/hash-64.sql',
  'functions/category.sql',
  'functions/cardinal-id.sql',
  'functions/id.sql',
  'functions/acquire-lock.sql',
  'functions/stream-version.sql',
  'functions/write-message.sql',
  'indexes/messages-id.sql',
  'indexes/messages-stream.sql',
  'indexes/messages-category.sql',
];

/** Makes the template of its schema. @returns its name */
export async function messageDbTemplate(postgres: BenchPostgres): Promise<string> {
  const name = 'bench_message_db';
  await postgres.template(name, (url) =>
    onDatabase(url, async (owner) => {
      // Its functions name each other without a schema.
      await owner.query('alter database bench_message_db set search_path = message_store, public');
      await owner.query('set search_path = message_store, public');
      for (const file of FILES) await owner.query(readFileSync(join(FOLDER, file), 'utf8'));
    }),
  );
  return name;
}

/** Each writer has a category of its own: it locks the category, and one for all would only measure that lock. */
export async function messageDbDriver(database: BenchDatabase, poolSize: number): Promise<Driver> {
  const pool = openDatabase({ url: withSearchPath(database.url), poolSize });
  return {
    operate(writer, index) {
      const { stream, expectedVersion, events, causation } = nthAppend(writer, index);
      const [event] = events;
      return pool.query({
        name: 'write message',
        text: 'select message_store.write_message($1, $2, $3, $4, $5, $6)',
        values: [
          event?.eventId,
          `order${writer}-${stream.aggregateId}`,
          event?.type,
          JSON.stringify(event?.data),
          JSON.stringify(causation),
          expectedVersion - 1,
        ],
      });
    },
    close: () => pool.close(),
    check: (done) => checkMessages(database, done),
  };
}

/** A copied database does not inherit the settings of its template. */
function withSearchPath(url: string): string {
  const at = new URL(url);
  at.searchParams.set('options', '-c search_path=message_store,public');
  return at.href;
}

async function checkMessages(database: BenchDatabase, done: readonly number[]): Promise<string[]> {
  const { rows } = await onDatabase(withSearchPath(database.url), (owner) =>
    owner.query<{ events: number; gaps: number }>(`
      with streams as (select count(*) as events, max(position) + 1 as version from messages group by stream_name)
      select (select count(*) from messages) as events, (select count(*) from streams where events <> version) as gaps`),
  );
  const appended = done.reduce((sum, count) => sum + count, 0);
  const { events, gaps } = rows[0] ?? { events: 0, gaps: 0 };
  return events === appended && gaps === 0 ? [] : [`${events} messages and ${gaps} gaps after ${appended} appends`];
}
