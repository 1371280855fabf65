import { afterAll, beforeAll, describe } from '@jest/globals';
import { type Database, openDatabase } from '@millrace/postgres';
import { createTestDatabase, eventually, type TestDatabase } from '@millrace/testing';

import { describeEventStore } from './event-store.contract.ts';
import { counterEvents, COUNTERS_TOPIC, encodeJson } from './event-store.fixture.ts';
import { PostgresEventStore } from './postgres-event-store.ts';

describe('SHR-13 TOX-9 PostgresEventStore', () => {
  let created: TestDatabase;
  let database: Database;
  beforeAll(async () => {
    created = await createTestDatabase([COUNTERS_TOPIC]);
    database = openDatabase({ url: created.roleUrls.command });
  });
  afterAll(async () => {
    await database.close();
    await created.drop();
  });

  describeEventStore({
    open: (release = 'old') =>
      new PostgresEventStore({ database, catalogue: counterEvents[release], encode: encodeJson }),
    eventually: (probe) => eventually(() => probe().then(() => true)).then(() => undefined),
  });
});
