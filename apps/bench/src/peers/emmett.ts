/** Emmett 0.42: append of one JSON event by its own event store. It writes no outbox. */
import { getPostgreSQLEventStore } from '@event-driven-io/emmett-postgresql';
import pg from 'pg';

import type { BenchDatabase, BenchPostgres } from '../harness/bench-postgres.ts';
import type { Driver } from '../harness/load.ts';
import { onDatabase } from '../suites/millrace-store.ts';
import { nthAppend } from '../suites/order-appends.ts';

/** Makes the template of its schema. @returns its name */
export async function emmettTemplate(postgres: BenchPostgres): Promise<string> {
  const name = 'bench_emmett';
  await postgres.template(name, async (url) => {
    const store = getPostgreSQLEventStore(url);
    await store.schema.migrate();
    await store.close();
  });
  return name;
}

/** As many connections as the other arms have; the schema is there already. */
export async function emmettDriver(database: BenchDatabase, poolSize: number): Promise<Driver> {
  const pool = new pg.Pool({ connectionString: database.url, max: poolSize });
  // It ends the pool without waiting for it: a connection may still be there when its database goes.
  pool.on('error', () => undefined);
  const store = getPostgreSQLEventStore(database.url, {
    schema: { autoMigration: 'None' },
    connectionOptions: { pooled: true, pool },
  });
  return {
    operate(writer, index) {
      const { stream, expectedVersion, events } = nthAppend(writer, index);
      return store.appendToStream(
        `order-${stream.aggregateId}`,
        events.map(({ type, data }) => ({ type, data: data as Record<string, unknown> })),
        { expectedStreamVersion: BigInt(expectedVersion) },
      );
    },
    async close() {
      await store.close();
      if (!pool.ended) await pool.end();
    },
    check: (done) => checkMessages(database, done),
  };
}

async function checkMessages(database: BenchDatabase, done: readonly number[]): Promise<string[]> {
  const { rows } = await onDatabase(database.url, (owner) =>
    owner.query<{ events: number; gaps: number }>(`
      with streams as (
        select count(*) as events, max(stream_position) as version from emt_messages group by stream_id)
      select (select count(*) from emt_messages) as events, (select count(*) from streams where events <> version) as gaps`),
  );
  const appended = done.reduce((sum, count) => sum + count, 0);
  const { events, gaps } = rows[0] ?? { events: 0, gaps: 0 };
  return events === appended && gaps === 0 ? [] : [`${events} messages and ${gaps} gaps after ${appended} appends`];
}
