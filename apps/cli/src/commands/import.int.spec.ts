import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { subjectOf } from '@millrace/avro';
import { applyBatch, projectionEffect, type Reading } from '@millrace/consumer';
import { internalCatalogues, outboxTopics } from '@millrace/contracts/topology';
import { userEvents, USERS_TOPIC } from '@millrace/contracts/users';
import { type Database, openDatabase } from '@millrace/postgres';
import { dropSlot, ensureSlot } from '@millrace/relay';
import { homeAt, jwksFile, signDevelopmentToken } from '@millrace/stack';
import { readStreams } from '@millrace/stored-events';
import { createTestDatabase, eventually, type TestDatabase } from '@millrace/testing';
import { userProjector } from '@millrace/users-read-models';

import { CapturedCli } from './captured-run.fixture.ts';
import { importCommand } from './import.ts';

const checkout = join(import.meta.dirname, '..', '..', '..', '..');
const runbook = readFileSync(join(checkout, 'docs', 'import-users.md'), 'utf8');
/** SQL of the runbook, by the word behind the fence. */
const sqlOf = (name: string): string => runbook.split(`\`\`\`sql ${name}\n`)[1]?.split('```')[0] ?? '';

const LEGACY_USERS = 603;

let created: TestDatabase;
let owner: Database;
let projector: Database;
let api: ChildProcess;
let url: string;
const root = mkdtempSync(join(tmpdir(), 'millrace-import-'));
const home = homeAt(root);

beforeAll(async () => {
  created = await createTestDatabase(outboxTopics);
  owner = openDatabase({ url: created.url });
  projector = openDatabase({ url: created.roleUrls.projector });
  await deploy();
  await signDevelopmentToken(home, { tenant: 'acme', roles: [], subject: 'nobody', hours: 1 }, {});
  ({ api, url } = await startCommandApi());
  await owner.query(sqlOf('sample'));
  await owner.query(
    `insert into users select 'u-' || n, 'user' || n || '@example.com', 'Üser ' || n, n % 7 > 0,
       timestamp '2019-05-06 07:08:09.123456' + n * interval '1 hour' from generate_series(1, $1::int) n`,
    [LEGACY_USERS],
  );
});
afterAll(async () => {
  api.kill('SIGTERM');
  await once(api, 'exit');
  await dropSlot(owner);
  await Promise.all([owner.close(), projector.close()]);
  await created.drop();
  rmSync(root, { recursive: true });
});

const cli = new CapturedCli([importCommand], () => ({ MILLRACE_URL: url, DATABASE_URL: created.url }));
async function run(stage: 'copy' | 'compare', ...more: string[]) {
  const args = [
    'import',
    'users',
    '--from',
    created.url,
    '--tenant',
    'acme',
    '--stage',
    stage,
    '--home',
    root,
    ...more,
  ];
  const { exitCode, printed, complained } = await cli.run([...args, '--output', 'json']);
  return { exitCode, complained, report: JSON.parse(printed || 'null') as Record<string, unknown> };
}

/** Everything stored so far through the projection, as the topic would bring it: known events are repeated. */
async function project(): Promise<void> {
  const events = await readStreams(owner, userEvents, { tenantId: 'acme', aggregateTypes: ['user'] });
  const { rows } = await owner.query<{ next_offset: number }>('select next_offset from consumer.positions');
  const from = rows[0]?.next_offset;
  const start = from ?? 0;
  const readings = events.map((event, index): Reading => {
    const { data: _data, metadata: _metadata, ...envelope } = event;
    const record = { offset: start + index, key: event.aggregateId, value: null, headers: {}, timestampMs: 0 };
    return { kind: 'event', event, envelope, record };
  });
  await applyBatch(
    { database: projector, catalogue: userEvents, effect: projectionEffect(userProjector) },
    {
      at: { group: userProjector.name, topic: USERS_TOPIC, partition: 0 },
      from,
      nextOffset: start + events.length,
      readings,
    },
  );
}

const stored = async (): Promise<number> =>
  Number((await owner.query('select count(*) as n from event_store.events')).rows[0]?.['n']);

describe('TOX-42 the five stages of docs/import-users.md', () => {
  test('ACC-32 2 copy: one UserImported per row, through the command API; a second run repeats and stores nothing', async () => {
    expect(await run('copy')).toMatchObject({
      exitCode: 0,
      report: { imported: LEGACY_USERS, repeated: 0, refused: [] },
    });
    expect(await stored()).toBe(LEGACY_USERS);
    const { rows } = await owner.query(
      `select event_type, user_id, payload, (select count(*) from outbox.outbox_messages) as announced
         from event_store.events where aggregate_id = 'u-7'`,
    );
    expect(rows).toEqual([
      {
        event_type: 'UserImported',
        user_id: 'import',
        announced: LEGACY_USERS,
        payload: {
          userId: 'u-7',
          email: 'user7@example.com',
          username: 'Üser 7',
          isActive: false,
          createdAt: '2019-05-06T14:08:09.123456Z',
        },
      },
    ]);
    expect(await run('copy')).toMatchObject({ exitCode: 0, report: { imported: 0, repeated: LEGACY_USERS } });
    expect(await stored()).toBe(LEGACY_USERS);
  });

  test('3 and 4: before the projector has run everybody is missing; then counts and checksums are equal', async () => {
    const early = await run('compare');
    expect(early.exitCode).toBe(1);
    expect(early.report['differences']).toHaveLength(LEGACY_USERS);
    await project();
    const { exitCode, report } = await run('compare');
    expect(exitCode).toBe(0);
    expect(report).toMatchObject({ legacy: { users: LEGACY_USERS }, differences: [] });
    expect(report['readModel']).toEqual(report['legacy']);
  });

  test('4: each row that differs is named, and in what', async () => {
    await owner.query(`update users set email = 'x@example.com', is_active = false where id = 'u-1'`);
    await owner.query(`update users set created_at = created_at + interval '1 microsecond' where id = 'u-2'`);
    await owner.query(`delete from users where id = 'u-3'`);
    await owner.query(`insert into users values ('u-new', 'new@example.com', 'new', true, now())`);
    const { exitCode, report } = await run('compare');
    expect(exitCode).toBe(1);
    expect(report['differences']).toEqual([
      { id: 'u-1', what: 'different', fields: ['email', 'is_active'] },
      { id: 'u-2', what: 'different', fields: ['created_at'] },
      { id: 'u-3', what: 'extra', fields: [] },
      { id: 'u-new', what: 'missing', fields: [] },
    ]);
  });

  test('2 again: rows that were changed since are refused by name, what is new is imported', async () => {
    await owner.query(`insert into users values ('no id', 'new@example.com', 'new', true, now())`);
    const { exitCode, report } = await run('copy');
    expect(exitCode).toBe(1);
    expect(report).toMatchObject({ imported: 1, repeated: LEGACY_USERS - 3 });
    expect((report['refused'] as { id: string; code: string }[]).map(({ id, code }) => `${id} ${code}`).sort()).toEqual(
      ['no id VALIDATION_FAILED', 'u-1 USER_ALREADY_EXISTS', 'u-2 USER_ALREADY_EXISTS'],
    );
    await owner.query(`delete from users where id = 'no id'`);
  });

  test('4 back: what the commands have done since is brought into the old table, and they agree again', async () => {
    await project();
    await owner.query(`update users set created_at = created_at - interval '1 microsecond' where id = 'u-2'`);
    expect((await run('compare')).report['differences']).toHaveLength(2);
    await owner.query(sqlOf('back'));
    expect(await run('compare')).toMatchObject({ exitCode: 0, report: { differences: [] } });
  });

  test('2 freeze and thaw: the service cannot write meanwhile, and can again', async () => {
    const may = async () =>
      (await owner.query(`select has_table_privilege('app_role', 'users', 'insert, update, delete') as may`)).rows[0];
    await owner.query('drop role if exists app_role; create role app_role');
    try {
      await owner.query(sqlOf('thaw'));
      expect(await may()).toEqual({ may: true });
      await owner.query(sqlOf('freeze'));
      expect(await may()).toEqual({ may: false });
    } finally {
      await owner.query('drop owned by app_role; drop role app_role');
    }
  });

  test('T-2 a token that may not import ends the run at once, and changes nothing', async () => {
    const before = await stored();
    const file = join(root, 'no.token');
    writeFileSync(file, 'nonsense');
    expect(await run('copy', '--token-file', file)).toMatchObject({
      exitCode: 1,
      complained: expect.stringContaining('UNAUTHENTICATED'),
    });
    expect(await stored()).toBe(before);
  });

  test('5 remove: the users stay', async () => {
    await owner.query(sqlOf('remove'));
    const { rows } = await owner.query('select count(*) as n from read_model.user_read_model');
    expect(rows).toEqual([{ n: LEGACY_USERS + 1 }]);
  });
});

/** What `millrace deploy` adds to a migrated database. */
async function deploy(): Promise<void> {
  let schemaId = 0;
  for (const { topic, schemas } of internalCatalogues.flatMap(({ definitions }) => definitions)) {
    for (const [version, schema] of Object.entries(schemas)) {
      schemaId += 1;
      await owner.query('insert into outbox.schema_ids values ($1, $2, $3)', [
        subjectOf(topic, schema),
        version,
        schemaId,
      ]);
    }
  }
  await ensureSlot(owner);
}

async function startCommandApi(): Promise<{ api: ChildProcess; url: string }> {
  const main = join(checkout, 'apps', 'command-api', 'src', 'main.ts');
  const env = { DATABASE_URL: created.roleUrls.command, AUTH_JWKS: jwksFile(home) };
  const child = spawn(process.execPath, [main], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const port = await eventually(() => /"port":(\d+).*"listening"/.exec(output)?.[1]);
  await eventually(() => output.includes('accepting commands'));
  return { api: child, url: `http://127.0.0.1:${port}` };
}
