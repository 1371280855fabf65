/** A copy of the database stands for the backup: its rows bear the transactions that wrote them, as they do on disk. */
import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Database, openDatabase } from '@millrace/postgres';
import { createTestDatabase, testServices } from '@millrace/testing';

import {
  type CounterDatabase,
  counterEvent,
  COUNTERS_TOPIC,
  openCounterDatabase,
  recordOf,
} from './counter.fixture.ts';
import { deadLetterScene } from './dead-letters/dead-letter-scene.fixture.ts';
import { renameGroup } from './fleet/group-progress.ts';
import { seekBack } from './position.ts';

const partition = { topic: COUNTERS_TOPIC, partition: 0 };

describe('a group whose database is put back', () => {
  let databases: CounterDatabase;
  let url: string;
  const server = openDatabase({ url: testServices().databaseUrl, poolSize: 1 });
  const copies: { readonly name: string; readonly database: Database }[] = [];
  beforeAll(async () => {
    const created = await createTestDatabase([COUNTERS_TOPIC]);
    url = created.url;
    databases = await openCounterDatabase(created);
  });
  afterAll(async () => {
    for (const { name, database } of copies) {
      await database.close();
      await server.query(`drop database ${name} with (force)`);
    }
    await databases.close();
    await server.close();
  });

  async function copyOfDatabase(): Promise<Database> {
    const address = new URL(url);
    const source = address.pathname.slice(1);
    const name = `${source}_copy_${copies.length}`;
    // A template must have no connections; the pools make new ones.
    await server.query('select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = $1', [source]);
    await server.query(`create database ${name} template ${source}`);
    address.pathname = name;
    const database = openDatabase({ url: address.href, poolSize: 2 });
    copies.push({ name, database });
    return database;
  }

  /** A group that works on a database which can be exchanged under it. */
  function scene() {
    let current: Database = databases.projector;
    const database: Database = {
      query: (statement, values) => current.query(statement, values),
      transaction: (work) => current.transaction(work),
      close: () => current.close(),
    };
    const made = deadLetterScene(databases, { database });
    const id = randomUUID();
    return {
      ...made,
      putBack: (copy: Database) => void (current = copy),
      takeNext: (offset: number) =>
        made.take([recordOf(counterEvent(id, offset + 1, { type: 'Added', data: { by: 1 } }), offset)]),
    };
  }

  test('T-17 ACC-77 a member waits, and goes on once a recovery has ended the timeline', async () => {
    const { handler, takeNext, putBack } = scene();
    await takeNext(0);
    const copy = await copyOfDatabase();
    await takeNext(1);
    putBack(copy);
    expect(await takeNext(2)).toEqual({ readAgainInMs: expect.any(Number) });
    await expect(handler.position(partition)).rejects.toMatchObject({ code: 'STORE_WENT_BACK', retriable: true });
    await copy.query('update event_store.epoch set epoch = epoch + 1');
    expect(await handler.position(partition)).toMatchObject({ next: 1 });
  });

  test('T-17 ACC-71 a table that takes over with positions of its own is obeyed, also when that began before the last batch', async () => {
    const { handler, takeNext, group } = scene();
    await takeNext(0);
    await databases.owner.transaction(async (transaction) => {
      await transaction.query('select pg_current_xact_id()');
      await takeNext(1);
      await renameGroup(transaction, group, `${group}.previous`);
      await renameGroup(transaction, `${group}.previous`, group);
    });
    expect(await handler.position(partition)).toMatchObject({ next: 2 });
  });

  test('T-17 a position that an operator sets back is obeyed', async () => {
    const { handler, takeNext, group } = scene();
    await takeNext(0);
    await takeNext(1);
    expect(await seekBack(databases.owner, { ...partition, group }, 0)).toBe(true);
    expect(await handler.position(partition)).toMatchObject({ next: 0 });
    await databases.owner.query('delete from consumer.positions where consumer_group = $1', [group]);
    expect(await handler.position(partition)).toBeUndefined();
  });
});
