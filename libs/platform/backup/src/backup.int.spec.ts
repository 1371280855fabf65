import { cp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createTestDatabase } from '@millrace/testing';

import {
  backupsAt,
  createBackup,
  listBackups,
  planRestore,
  removeOldChains,
  type RestoreWish,
  verifyChain,
} from './index.ts';
import { restoreStore } from './restore-store.ts';
import { backupFolder, TestStore } from './store.fixture.ts';

type Folder = Awaited<ReturnType<typeof backupFolder>>;

let store: TestStore;
let kept: Folder;
const ended: (() => Promise<void>)[] = [];
beforeAll(async () => {
  store = new TestStore(await createTestDatabase());
  kept = await backupFolder();
});
afterAll(async () => {
  await Promise.all(ended.map((end) => end()));
  await store.drop();
  await kept.remove();
});

/** Restores into a new database. */
async function restored(wish: Partial<RestoreWish> & { folder: string }) {
  const target = new TestStore(await createTestDatabase());
  ended.push(() => target.drop());
  const { backups } = await backupsAt(wish.folder);
  const report = await restoreStore(target.owner, planRestore({ backups, ...wish }));
  return { target, report };
}

async function freshFolder(): Promise<Folder> {
  const folder = await backupFolder();
  ended.push(folder.remove);
  return folder;
}

describe('a chain of backups', () => {
  test('ACC-72 ACC-73 ORD-74 full and increments come back as they were, in the order of the store', async () => {
    for (const id of ['o-1', 'o-2', 'o-3']) await store.append('acme', id, { count: 3 });
    await store.append('beta', 'o-1', { count: 2 });
    await store.runSaga('acme', 'o-1');
    await store.handled('external-publisher', ['acme', 'o-1'], 3);
    await store.handled('order-projection', ['acme', 'o-1'], 3);
    await store.owner.query(
      `insert into event_store.snapshots (tenant_id, aggregate_type, aggregate_id, sequence_number, state_version, state, event_count)
       values ('acme', 'order', 'o-1', 2, 1, '{"status":"created"}', 2);
       insert into event_store.idempotency_keys values ('acme', 'key', 'hash', 202, '{"version":3}');
       insert into outbox.schema_ids values ('orders-OrderConfirmed', 1, 77)`,
    );
    const full = await createBackup(kept.request(store));
    await store.append('acme', 'o-1', { from: 4, count: 2 });
    const second = await createBackup(kept.request(store, { incremental: true }));
    await store.append('gamma', 'o-9', { count: 1 });
    const third = await createBackup(kept.request(store, { incremental: true }));

    expect([full, second, third].map(({ manifest }) => manifest.kind)).toEqual(['full', 'incremental', 'incremental']);
    expect(third.manifest.point).toMatchObject({ events: { acme: 11, beta: 2, gamma: 1 }, streams: 5 });
    const { target, report } = await restored({ folder: kept.folder });
    expect(report).toMatchObject({ events: 14, stateIsNewer: false });
    expect(await target.events()).toEqual(await store.events());
    const groups = { where: `consumer_group <> 'order-projection'` };
    for (const table of [
      'saga.instances',
      'saga.correlation_keys',
      'event_store.snapshots',
      'event_store.idempotency_keys',
      'outbox.schema_ids',
    ])
      expect(await target.rowsOf(table)).toEqual(await store.rowsOf(table));
    for (const table of ['consumer.positions', 'consumer.aggregate_versions'])
      expect(await target.rowsOf(table)).toEqual(await store.rowsOf(table, groups));
    expect(await target.rowsOf('saga.commands', { without: ['seq'] })).toEqual(
      await store.rowsOf('saga.commands', { without: ['seq'] }),
    );
  });

  test('ACC-72 a restore needs a database that nobody has begun to use', async () => {
    const { backups } = await backupsAt(kept.folder);
    const before = await store.events();
    await expect(restoreStore(store.owner, planRestore({ backups }))).rejects.toMatchObject({
      code: 'RESTORE_REFUSED',
      message: expect.stringContaining('event_store.events'),
    });
    expect(await store.events()).toEqual(before);
  });

  test('T-4 an increment holds what a slow transaction wrote before it, and committed after it', async () => {
    const folder = await freshFolder();
    const slow = Promise.withResolvers<void>();
    const written = Promise.withResolvers<void>();
    const transaction = store.owner.transaction(async (sql) => {
      await sql.query(
        `insert into event_store.events (tenant_id, aggregate_type, aggregate_id, sequence_number, event_id, event_type, event_version, payload, correlation_id, traceparent, occurred_at)
         values ('slow', 'order', 'o-1', 1, uuidv7(), 'OrderConfirmed', 1, '{}', 'c', 't', clock_timestamp())`,
      );
      written.resolve();
      await slow.promise;
    });
    await written.promise;
    await store.append('acme', 'o-fast');
    const { manifest } = await createBackup(folder.request(store));
    expect(manifest.point.events).toMatchObject({ acme: 12 });
    expect(manifest.point.events).not.toHaveProperty('slow');
    slow.resolve();
    await transaction;
    await createBackup(folder.request(store, { incremental: true }));
    const { target } = await restored({ folder: folder.folder });
    expect(await target.events()).toEqual(await store.events());
  });

  test('ACC-78 ACC-83 a tenant alone; another scope begins a chain of its own', async () => {
    const { manifest } = await createBackup(kept.request(store, { tenant: 'acme', incremental: true }));
    expect(manifest).toMatchObject({ kind: 'full', scope: 'acme', point: { events: { acme: 12 } } });
    const names = manifest.files.map(({ table }) => table);
    expect(names).toContain('saga.instances');
    expect(names).not.toContain('consumer.positions');
    const next = await createBackup(kept.request(store, { tenant: 'acme', incremental: true }));
    expect(next.manifest).toMatchObject({ kind: 'incremental', previous: { id: manifest.id, hash: manifest.hash } });
  });

  test('ACC-74 read models only where they are wanted', async () => {
    const folder = await freshFolder();
    const { manifest } = await createBackup(folder.request(store, { readModels: true }));
    expect(manifest.files.map(({ table }) => table)).toContain('read_model.order_read_model');
    const without = await createBackup(folder.request(store));
    expect(without.manifest.files.filter(({ table }) => table.startsWith('read_model.'))).toEqual([]);
  });

  test('T-17 after a restore a new chain begins: numbers of transactions mean something else', async () => {
    const { target } = await restored({ folder: kept.folder });
    const { manifest } = await createBackup(kept.request(target, { folder: kept.folder, incremental: true }));
    expect(manifest.kind).toBe('full');
    await rm(join(kept.folder, manifest.id), { recursive: true });
  });

  test('ACC-72 a backup that is cut off leaves nothing that could be taken for one; a store with a gap has none', async () => {
    const folder = await freshFolder();
    const broken = new TestStore(await createTestDatabase());
    ended.push(() => broken.drop());
    await broken.append('acme', 'o-1', { count: 3 });
    await broken.lose(`sequence_number = 2`);
    await expect(createBackup(folder.request(broken))).rejects.toMatchObject({ code: 'CORRUPT_STREAM' });
    expect(await readdir(folder.folder)).toEqual([]);
    await cp(kept.folder, join(folder.folder, '.unfinished-20260101T000000000Z-aaaaaa'), { recursive: true });
    expect(await listBackups(folder.folder)).toEqual([]);
  });

  test('ACC-76 old chains go, the newest stay', async () => {
    const folder = await freshFolder();
    for (const incremental of [false, true, false, true, false])
      await createBackup(folder.request(store, { incremental }));
    expect(await removeOldChains(folder.folder, '*', 2)).toHaveLength(2);
    const left = await listBackups(folder.folder);
    expect(left.map(({ manifest }) => manifest.kind)).toEqual(['full', 'incremental', 'full']);
    expect((await verifyChain(left, left[1]!)).problems).toEqual([]);
  });
});

describe('verify', () => {
  /** Damages a copy of the chain of the first test. @returns what is found */
  async function problemsAfter(damage: (directories: string[]) => Promise<void>): Promise<readonly string[]> {
    const copy = await freshFolder();
    const chain = (await listBackups(kept.folder)).filter(({ manifest }) => manifest.scope === '*').slice(0, 3);
    const directories = chain.map(({ directory }) => join(copy.folder, basename(directory)));
    for (const [index, { directory }] of chain.entries())
      await cp(directory, directories[index] ?? '', { recursive: true });
    await damage(directories);
    const backups = await listBackups(copy.folder);
    const last = backups.at(-1);
    return last ? (await verifyChain(backups, last)).problems : ['nothing'];
  }
  const events = 'event_store.events.avro';

  test('ACC-81 an untouched chain has no problem', async () => {
    expect(await problemsAfter(async () => undefined)).toEqual([]);
  });

  test('ACC-81 a flipped bit, a cut file, a file that is gone', async () => {
    const flip = async ([, directory = '']: string[]) => {
      const path = join(directory, events);
      const bytes = await readFile(path);
      bytes[bytes.length - 30]! ^= 1;
      await writeFile(path, bytes);
    };
    expect(await problemsAfter(flip)).toEqual([expect.stringMatching(/events\.avro was changed/)]);
    const cut = ([directory = '']: string[]) => truncate(join(directory, events), 900);
    expect((await problemsAfter(cut))[0]).toMatch(/events\.avro has 900 bytes, the manifest says \d+/);
    const lose = ([directory = '']: string[]) => rm(join(directory, 'saga.commands.avro'));
    expect(await problemsAfter(lose)).toEqual([expect.stringMatching(/saga\.commands\.avro is missing/)]);
  });

  test('ACC-81 a missing increment, an edited manifest, a manifest that was exchanged', async () => {
    const lose = ([, directory = '']: string[]) => rm(directory, { recursive: true });
    expect((await problemsAfter(lose))[0]).toMatch(/continues .*, which is missing/);
    const edit = (change: (text: string) => string) => async (directories: string[]) => {
      const path = join(directories[1] ?? '', 'manifest.json');
      await writeFile(path, change(await readFile(path, 'utf8')));
    };
    expect((await problemsAfter(edit((text) => text.replace(/"acme": \d+/, '"acme": 12'))))[0]).toMatch(
      /manifest was edited/,
    );
    const exchanged = await problemsAfter(async (directories) => {
      const { sealed } = await import('./manifest.ts');
      await edit((text) => {
        const { hash: _, ...content } = JSON.parse(text) as { hash: string; seconds: number };
        return JSON.stringify(sealed({ ...content, seconds: 99 } as never));
      })(directories);
    });
    expect(exchanged).toEqual([expect.stringMatching(/is not the one that it continues/)]);
  });
});
