import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { registerSchemas } from '@millrace/avro';
import { internalCatalogues } from '@millrace/contracts/topology';
import { type Database, openDatabase } from '@millrace/postgres';
import { createTestDatabase, type TestDatabase, testServices } from '@millrace/testing';

import { saveSchemaIds } from '../deploy/database.ts';
import { CapturedCli } from './captured-run.fixture.ts';
import { dlqCommand } from './dlq.ts';

const GROUP = 'order-read-model-projection';
const ID = `${GROUP}/orders.events.v1/3/42`;
const { schemaRegistryUrl } = testServices();
let created: TestDatabase;
let owner: Database;

beforeAll(async () => {
  created = await createTestDatabase();
  owner = openDatabase({ url: created.url });
  await owner.query(
    `insert into consumer.parked_events (consumer_group, topic, partition, record_offset, tenant_id, aggregate_type,
       aggregate_id, sequence_number, event_id, event_type, headers, payload, error_code, error_detail, attempts)
     select $1, 'orders.events.v1', 3, "offset", 'acme', 'order', 'o-1', version, 'e', 'OrderConfirmed',
       '{"ce_type":"OrderConfirmed","ce_eventversion":"1"}', '\\x7b', code, 'why', tries
     from (values (42, 2, 'RECORD_MALFORMED', 3), (43, 3, 'EVENT_GAP', 0)) as x ("offset", version, code, tries)`,
    [GROUP],
  );
  await owner.query(
    `insert into consumer.positions (consumer_group, topic, partition, next_offset) values ($1, 'orders.events.v1', 3, 44)`,
    [GROUP],
  );
});
afterAll(async () => {
  await owner.close();
  await created.drop();
});

const cli = new CapturedCli([dlqCommand], () => ({
  DATABASE_URL: created.url,
  SCHEMA_REGISTRY_URL: schemaRegistryUrl,
  MILLRACE_HOME: '/nonexistent',
}));

async function run(...args: string[]) {
  const { exitCode, printed, complained } = await cli.run(['dlq', ...args]);
  return { exitCode, text: printed + complained };
}

const parked = async () => (await owner.query('select from consumer.parked_events')).rowCount;

describe('millrace dlq', () => {
  test('SHR-33 list and show tell what is parked, why, and what waits behind it', async () => {
    const { text } = await run('list', '--group', GROUP);
    expect(text.split('\n').slice(0, 2)).toEqual([
      expect.stringContaining(`${ID}  acme  order o-1  2 OrderConfirmed  RECORD_MALFORMED: why`),
      expect.stringContaining('waits behind 1'),
    ]);
    expect(await run('show', GROUP, 'orders.events.v1', '3', '42')).toMatchObject({
      exitCode: 0,
      text: expect.stringContaining('tried 3 times'),
    });
    expect(await run('show', `${GROUP}/orders.events.v1/3/7`)).toMatchObject({ exitCode: 1 });
    const { deadLetters } = JSON.parse((await run('list', '--error', 'EVENT_GAP', '--output', 'json')).text) as {
      deadLetters: object[];
    };
    expect(deadLetters).toMatchObject([{ offset: 43, behind: 1, attempts: 0 }]);
  });

  test('SHR-33 retry shows what it would do, and says after its deadline that the group does not run', async () => {
    expect((await run('retry', '--group', GROUP, '--dry-run')).text).toContain(
      '2 event(s) of 1 aggregate(s) would be tried again',
    );
    expect((await run('retry', ID, '--dry-run')).text).toContain('1 event(s) of 1 aggregate(s)');
    const { exitCode, text } = await run('retry', '--all', '--wait', '1', '--by', 'alice');
    expect(exitCode).toBe(1);
    expect(text).toContain('1 aggregate(s) were not tried within 1 s');
    expect(text).toContain(`${GROUP} does not run`);
    const { rows } = await owner.query('select requested_by, outcome from consumer.dead_letter_actions');
    expect(rows).toEqual([{ requested_by: 'alice', outcome: null }]);
  });

  test('SHR-33 edit encodes in the version of the record, and refuses what does not fit it', async () => {
    await saveSchemaIds(
      owner,
      await registerSchemas({ registryUrl: schemaRegistryUrl, catalogues: internalCatalogues }),
    );
    const folder = await mkdtemp(join(tmpdir(), 'dlq-'));
    const [good, bad] = [join(folder, 'good.json'), join(folder, 'bad.json')];
    await writeFile(good, JSON.stringify({ orderId: 'o-1' }));
    await writeFile(bad, JSON.stringify({ nothing: 1 }));
    expect(await run('edit', ID, '--data', bad)).toMatchObject({
      exitCode: 1,
      text: expect.stringContaining('does not fit'),
    });
    expect((await run('edit', ID, '--data', good)).text).toContain('after   {"orderId":"o-1"}');
    expect((await run('show', ID)).text).toContain('data     {"orderId":"o-1"}');
    await rm(folder, { recursive: true });
  });

  test('SHR-33 discard passes events from the front of a queue only, and says what that means', async () => {
    expect(await run('discard', `${GROUP}/orders.events.v1/3/43`)).toMatchObject({ exitCode: 1 });
    expect((await run('discard', '--group', GROUP, '--dry-run')).text).toContain('would be discarded');
    expect(await parked()).toBe(2);
    const { exitCode, text } = await run('discard', ID);
    expect(exitCode).toBe(0);
    expect(text).toContain('missing in their read models');
    expect(await parked()).toBe(1);
    const { rows } = await owner.query('select version from consumer.aggregate_versions where consumer_group = $1', [
      GROUP,
    ]);
    expect(rows).toEqual([{ version: 2 }]);
  });

  test.each([
    ['retry'],
    ['discard'],
    ['show', 'orders.events.v1/3/42'],
    ['discard', GROUP, 'orders.events.v1', '3', 'first'],
    ['edit', 'x', '--data', 'absent.json'],
  ])('SHR-33 wrong usage changes nothing and exits with 2: dlq %s %s', async (...args) => {
    const before = await parked();
    expect((await run(...args)).exitCode).toBe(2);
    expect(await parked()).toBe(before);
  });
});
