import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { BackupStanding, DrillReport } from '@millrace/backup';
import { type Database, openDatabase } from '@millrace/postgres';
import { createTestDatabase, eventually, type TestDatabase } from '@millrace/testing';

import { backupCommand } from './backup.ts';
import { CapturedCli } from './captured-run.fixture.ts';
import { recordedEvent, store } from './live-fleet.fixture.ts';

let created: TestDatabase;
let owner: Database;
let folder: string;

beforeAll(async () => {
  created = await createTestDatabase();
  owner = openDatabase({ url: created.url, poolSize: 2 });
  folder = await mkdtemp(join(tmpdir(), 'backup-cli-'));
});
afterAll(async () => {
  await owner.close();
  await created.drop();
  await rm(folder, { recursive: true });
});
/** Databases of drills; those of runs that were killed stay on a server. */
async function databasesBeside(): Promise<readonly string[]> {
  const { rows } = await owner.query<{ name: string }>(
    `select datname as name from pg_database where datname like 'millrace_beside_%' order by 1`,
  );
  return rows.map(({ name }) => name);
}

const cli = new CapturedCli([backupCommand], () => ({
  DATABASE_URL: created.url,
  BACKUP_FOLDER: folder,
  MILLRACE_HOME: '/nonexistent',
}));

async function run<T>(args: readonly string[], change: Record<string, string> = {}) {
  const { exitCode: code, printed, complained } = await cli.run(['backup', ...args, '--output', 'json'], change);
  return { code, complained, json: JSON.parse(printed || '{}') as T };
}

const userCreated = (tenant: string, id: string) =>
  recordedEvent(tenant, {
    id,
    version: 1,
    type: 'UserCreated',
    data: { userId: id, email: `${id}@example.com`, username: id },
  });
const renamed = (tenant: string, id: string, version: number, newName: string) =>
  recordedEvent(tenant, { id, version, type: 'UserNameChanged', data: { userId: id, oldName: 'x', newName } });

describe('millrace backup', () => {
  test('ORD-74 ACC-83 a drill prints what it achieved against the targets, keeps it, and leaves nothing behind', async () => {
    const before = await databasesBeside();
    await store(owner, [userCreated('acme', 'u-1'), userCreated('acme', 'u-2'), userCreated('beta', 'u-1')]);
    expect((await run(['create'])).code).toBe(0);
    await store(owner, [renamed('acme', 'u-1', 2, 'ada')]);
    expect((await run(['create', '--incremental'])).json).toMatchObject({ kind: 'incremental' });
    const { code, complained, json } = await run<DrillReport>(['drill']);
    expect([code, complained]).toEqual([0, '']);
    expect(json).toMatchObject({
      events: 4,
      ok: true,
      problems: [],
      targets: { rtoSeconds: 3600, rpoSeconds: 86_400 },
    });
    expect(json.rtoSeconds).toBeGreaterThan(json.restoreSeconds);
    // Until the newest backup is older than the target.
    await eventually(
      async () =>
        (await run<{ tenants: BackupStanding[] }>(['report'])).json.tenants.every(
          ({ ageSeconds }) => (ageSeconds ?? 0) > 1,
        ),
      { timeoutMs: 30_000 },
    );
    const missed = await run<DrillReport>(['drill'], { BACKUP_RTO_SECONDS: '1', BACKUP_RPO_SECONDS: '1' });
    expect(missed.code).toBe(1);
    expect(missed.json.problems.join()).toMatch(/RPO of 1 s missed/);
    expect(await databasesBeside()).toEqual(before);
  }, 240_000);

  test('ACC-84 the report tells of each tenant the last good backup, its age and size, the last drill, and that nothing is encrypted', async () => {
    const { json } = await run<{ tenants: BackupStanding[] }>(['report']);
    expect(json.tenants.map(({ tenant, events }) => [tenant, events])).toEqual([
      ['*', 4],
      ['acme', 3],
      ['beta', 1],
    ]);
    for (const standing of json.tenants) {
      expect(standing).toMatchObject({ encrypted: false, lastDrillOk: false, lastDrill: expect.any(String) });
      expect(standing.ageSeconds).toBeGreaterThan(0);
      expect(standing.bytes).toBeGreaterThan(1_000);
    }
    expect((await cli.run(['backup', 'report'])).printed).toContain('encrypted: no');
  });

  test('ACC-79 everything of a tenant as it was at a moment', async () => {
    const { rows } = await owner.query<{ now: string }>('select clock_timestamp() as now');
    await store(owner, [renamed('acme', 'u-1', 3, 'later'), userCreated('acme', 'u-9')]);
    await run(['create', '--incremental']);
    const file = join(folder, 'acme.jsonl');
    const state = await run(['state', folder, '--tenant', 'acme', '--at', rows[0]?.now ?? '', '--to', file]);
    expect([state.code, state.complained]).toEqual([0, '']);
    const lines = (await readFile(file, 'utf8')).trim().split('\n');
    const found = lines.map((line) => JSON.parse(line) as { projection: string; row: Record<string, unknown> });
    const users = found.filter(({ projection }) => projection === 'user_projector').map(({ row }) => row);
    expect(users.map(({ tenant_id, id, username }) => [tenant_id, id, username]).sort()).toEqual([
      ['acme', 'u-1', 'ada'],
      ['acme', 'u-2', 'u-2'],
    ]);
  }, 240_000);

  test('ACC-78 ACC-80 T-61 a tenant is restored with its read models, and nobody else is touched', async () => {
    const others = async () =>
      (
        await owner.query(
          `select to_jsonb(u) as row, u.xmin::text from read_model.user_read_model u where tenant_id = 'beta'`,
        )
      ).rows;
    await owner.query(
      `insert into read_model.user_read_model values ('beta', 'mine', 'm@example.com', 'mine', true, now(), now(), 1)`,
    );
    const before = await others();
    await owner.query(
      `alter table event_store.events_default disable trigger events_append_only;
       delete from event_store.events_default where tenant_id = 'acme';
       alter table event_store.events_default enable trigger events_append_only`,
    );
    expect((await run(['restore', folder, '--tenant', 'acme'])).json).toMatchObject({ tenant: 'acme', events: 5 });
    const { rows } = await owner.query(
      `select id, username from read_model.user_read_model where tenant_id = 'acme' order by id`,
    );
    expect(rows).toEqual([
      { id: 'u-1', username: 'later' },
      { id: 'u-2', username: 'u-2' },
      { id: 'u-9', username: 'u-9' },
    ]);
    expect(await others()).toEqual(before);
  });

  test('ACC-81 verify reads all of a folder, or one backup', async () => {
    expect((await run(['verify', folder])).json).toMatchObject({ ok: true, problems: [] });
    expect((await run<{ backups: object[] }>(['list'])).json.backups).toHaveLength(3);
    expect((await run(['verify', '/nonexistent'])).code).toBe(1);
  });

  test.each([
    [['restore', 'x', '--until', 'yesterday'], '2026-01-31T12:00:00Z'],
    [['state', 'x', '--to', 'y'], '--tenant'],
  ])('%j is wrong usage, and says what is right', async (args, said) => {
    expect(await run(args)).toMatchObject({ code: 2, complained: expect.stringContaining(said) });
  });
});
