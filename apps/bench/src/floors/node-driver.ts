import { openDatabase } from '@millrace/postgres';

import type { BenchDatabase } from '../harness/bench-postgres.ts';
import type { Driver } from '../harness/load.ts';
import { checkStore, commandUrl } from '../suites/millrace-store.ts';
import { boundStatement, type Statement } from './statement.ts';

/** A statement through the same pool and driver as our store, without our store: what Node costs by itself. */
export function nodeDriver(database: BenchDatabase, poolSize: number, statement: Statement): Driver {
  const pool = openDatabase({ url: commandUrl(database), poolSize });
  return {
    operate: (writer, index) => pool.query(boundStatement(statement, writer, index)),
    close: () => pool.close(),
    check: (done) => checkStore(database, done),
  };
}
