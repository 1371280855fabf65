import { afterAll, beforeAll, expect, it } from '@jest/globals';

import { type BenchDatabase, BenchPostgres } from '../harness/bench-postgres.ts';
import { checkStore, millraceDriver, millraceTemplate, onDatabase } from './millrace-store.ts';

let postgres: BenchPostgres;
let database: BenchDatabase;
beforeAll(async () => {
  postgres = await BenchPostgres.start(process.env);
  database = await postgres.create(await millraceTemplate(postgres));
  const driver = await millraceDriver(database, 2);
  for (const writer of [0, 1]) for (let index = 0; index < 10; index += 1) await driver.operate(writer, index);
  await driver.close();
});
afterAll(() => postgres.stop());

it('finds nothing wrong with what the store has done', async () => {
  expect(await checkStore(database, [10, 10])).toEqual([]);
});

it('finds an append that was acknowledged and is not there', async () => {
  expect(await checkStore(database, [10, 11])).toContain('events: 20, expected 21');
});

it('finds an event that was not announced, or announced as another', async () => {
  const sql = `delete from outbox.outbox_messages where seq = (select min(seq) from outbox.outbox_messages)`;
  await onDatabase(database.url, (owner) => owner.query(sql));
  expect(await checkStore(database, [10, 10])).toEqual(['announced: 19, expected 20', 'matching: 19, expected 20']);
});

it('finds a gap in a stream', async () => {
  await onDatabase(database.url, async (owner) => {
    await owner.query('alter table event_store.events disable trigger user');
    await owner.query('delete from event_store.events where sequence_number = 4');
  });
  expect(await checkStore(database, [9, 9])).toContain('gaps: 2, expected 0');
});
