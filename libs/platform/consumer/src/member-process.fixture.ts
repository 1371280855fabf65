/** A member of a group as a process of its own, so that a spec can stop and kill it: `node <this file> <group> <database url> <broker>…`. */
import { setTimeout as delay } from 'node:timers/promises';

import { type Database, openDatabase } from '@millrace/postgres';

import { counterHandler, memberConsumer } from './running-group.fixture.ts';

const [, , group = '', url = '', ...brokers] = process.argv;
const database = openDatabase({ url, poolSize: 6 });

// Slow inside its transactions, so that whoever stops this process stops it in the middle of one.
const slow: Database = {
  ...database,
  transaction: (work) =>
    database.transaction(async (transaction) => {
      const result = await work(transaction);
      await delay(150);
      return result;
    }),
};

await memberConsumer({ group, brokers }).run(counterHandler(group, slow));
