import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Database, openDatabase } from '@millrace/postgres';
import { createTestDatabase, type TestDatabase } from '@millrace/testing';

import { pruneSnapshots, purgeIdempotencyKeys } from './clean-up.ts';

let created: TestDatabase;
let owner: Database;
beforeAll(async () => {
  created = await createTestDatabase();
  owner = openDatabase({ url: created.url });
});
afterAll(async () => {
  await owner.close();
  await created.drop();
});

describe('purgeIdempotencyKeys', () => {
  it('T-23 removes keys that are older than asked, however many', async () => {
    await owner.query(
      `insert into event_store.idempotency_keys (tenant_id, idempotency_key, request_hash, answer_status, answer, created_at)
       select 'acme', n::text, 'hash', 200, '{}', now() - case when n <= 25000 then interval '49 hours' else interval '47 hours' end
         from generate_series(1, 25010) n`,
    );
    expect(await purgeIdempotencyKeys(owner, 48)).toBe(25_000);
    expect(await purgeIdempotencyKeys(owner, 48)).toBe(0);
    expect((await owner.query('select count(*) as left_over from event_store.idempotency_keys')).rows).toEqual([
      { left_over: 10 },
    ]);
  });
});

describe('pruneSnapshots', () => {
  it('ORD-41 keeps the newest of each stream', async () => {
    await owner.query(
      `insert into event_store.snapshots (tenant_id, aggregate_type, aggregate_id, sequence_number, state_version, state, event_count)
       select 'acme', 'order', stream, n * 100, 1, '{}', n * 100 from generate_series(1, 5) n, unnest(array['a', 'b']) stream
        where stream = 'a' or n <= 2`,
    );
    expect(await pruneSnapshots(owner, 3)).toBe(2);
    const { rows } = await owner.query(
      `select aggregate_id, array_agg(sequence_number::int order by sequence_number) as kept from event_store.snapshots group by 1 order by 1`,
    );
    expect(rows).toEqual([
      { aggregate_id: 'a', kept: [300, 400, 500] },
      { aggregate_id: 'b', kept: [100, 200] },
    ]);
  });
});
