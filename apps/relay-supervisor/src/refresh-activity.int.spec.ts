import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { activityOf } from '@millrace/event-log/queries';
import { Periodic } from '@millrace/http';
import { type Database, openDatabase } from '@millrace/postgres';
import { createLogger } from '@millrace/telemetry';
import { createTestDatabase, eventually, type TestDatabase } from '@millrace/testing';

import { refreshActivity } from './refresh-activity.ts';

const logger = createLogger({ service: 'spec', level: 'silent' });

let created: TestDatabase;
let owner: Database;
let reader: Database;
beforeAll(async () => {
  created = await createTestDatabase();
  owner = openDatabase({ url: created.url });
  reader = openDatabase({ url: created.roleUrls.query, statementTimeoutMs: 2_000 });
});
afterAll(async () => {
  await Promise.all([owner.close(), reader.close()]);
  await created.drop();
});

/** What the projection does: rows, and its position. */
async function log(type: string, position: number): Promise<void> {
  await owner.query(
    `insert into read_model.event_log values ('acme', uuidv7(), 'order', 'o-1', 1, $1, 1, 'c', 'c', 'alice', now(), '{}')`,
    [type],
  );
  await owner.query(
    `insert into consumer.positions (consumer_group, topic, partition, next_offset) values ('event-log-projection', 't', 0, $1)
     on conflict (consumer_group, topic, partition) do update set next_offset = $1`,
    [position],
  );
}

const report = (tenantId = 'acme') => activityOf(reader, { tenantId, days: 30 });
const counts = async (tenantId?: string) => (await report(tenantId)).items.map(({ type, count }) => [type, count]);

describe('refreshActivity', () => {
  test('ACC-34 refreshes while somebody reads, and who reads on is not held up', async () => {
    await log('OrderCreated', 1);
    await reader.transaction(async (transaction) => {
      await transaction.query('select from read_model.activity');
      await refreshActivity(owner, logger);
    });
    expect(await counts()).toEqual([['OrderCreated', 1]]);
    await owner.transaction(async (transaction) => {
      await transaction.query('refresh materialized view concurrently read_model.activity');
      expect(await counts()).toEqual([['OrderCreated', 1]]);
    });
    expect(await counts('umbrella')).toEqual([]);
  });

  test('ACC-34 leaves a view alone whose log is as it was, and says that it is current', async () => {
    const version = async () =>
      (await owner.query(`select pg_relation_filenode('read_model.activity') as file, xmin from read_model.activity`))
        .rows;
    const [before, { asOf }] = [await version(), await report()];
    await refreshActivity(owner, logger);
    expect(await version()).toEqual(before);
    expect(Date.parse((await report()).asOf)).toBeGreaterThan(Date.parse(asOf));
    await log('OrderCreated', 2);
    await refreshActivity(owner, logger);
    expect(await counts()).toEqual([['OrderCreated', 2]]);
  });

  test('ACC-34 runs on a schedule; when that stops, or fails, the age grows and the counts stay', async () => {
    const periodic = new Periodic({ name: 'activity', logger, job: () => refreshActivity(owner, logger) });
    periodic.start(20);
    await log('OrderShipped', 3);
    await eventually(async () => (await counts()).length === 2);
    await owner.query('alter table read_model.event_log rename to elsewhere');
    const { asOf } = await eventually(async () => {
      const first = await report();
      const second = await report();
      return first.asOf === second.asOf && second.ageSeconds > 0.2 && second;
    });
    expect(await counts()).toHaveLength(2);
    await owner.query('alter table read_model.elsewhere rename to event_log');
    await eventually(async () => (await report()).asOf > asOf);
    await periodic.stop();
    const first = await report();
    const second = await report();
    expect(second.asOf).toBe(first.asOf);
    expect(second.ageSeconds).toBeGreaterThan(first.ageSeconds);
  });

  test('ACC-34 a table that is put in place of the log under its name is counted from then on', async () => {
    await owner.query(`create table read_model.shadow (like read_model.event_log including all)`);
    await owner.query('drop table read_model.event_log');
    await owner.query('alter table read_model.shadow rename to event_log');
    await refreshActivity(owner, logger);
    expect(await counts()).toEqual([]);
  });
});
