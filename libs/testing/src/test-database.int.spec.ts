import { expect, it } from '@jest/globals';
import { openDatabase } from '@millrace/postgres';

import { createTestDatabase } from './index.ts';

it('a test database has the schema and its roles may enter', async () => {
  const created = await createTestDatabase();
  const database = openDatabase({ url: created.roleUrls.command });
  try {
    const { rows } = await database.query('select count(*) as events from event_store.events');
    expect(rows).toEqual([{ events: 0 }]);
  } finally {
    await database.close();
    await created.drop();
  }
});
