import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createTestDatabase } from '@millrace/testing';

import { backupsAt, createBackup, planRestore, restoreStore, restoreTenant, type RestoreWish } from './index.ts';
import { backupFolder, TestStore } from './store.fixture.ts';

type Folder = Awaited<ReturnType<typeof backupFolder>>;

let store: TestStore;
let kept: Folder;
const ended: (() => Promise<void>)[] = [];
const groups = ['trip-saga', 'external-publisher'];

beforeEach(async () => {
  store = new TestStore(await createTestDatabase());
  kept = await backupFolder();
  const { drop, remove } = { drop: store.drop.bind(store), remove: kept.remove };
  ended.push(drop, remove);
});
afterAll(async () => {
  for (const end of ended) await end();
});

const backup = (incremental = false) => createBackup(kept.request(store, { incremental }));

async function planFor(wish: Partial<RestoreWish>) {
  const { backups } = await backupsAt(kept.folder);
  return planRestore({ backups, ...wish });
}

/** Restores a moment into a new database. */
async function restoredTo(until: string) {
  const target = new TestStore(await createTestDatabase());
  ended.push(() => target.drop());
  return { target, report: await restoreStore(target.owner, await planFor({ until })) };
}

const versionsOf = async (of: TestStore, group: string) =>
  (await of.rowsOf('consumer.aggregate_versions', { where: `consumer_group = '${group}'` }))
    .map((row) => row as { aggregate_id: string; version: number })
    .map(({ aggregate_id: id, version }) => `${id}:${version}`);

describe('restore to a moment', () => {
  test('ACC-75 exactly the events up to it; saga state from before it, publishers cut back from after it', async () => {
    await store.append('acme', 'o-1', { count: 2 });
    await store.runSaga('acme', 'o-1');
    await store.handled('external-publisher', ['acme', 'o-1'], 2);
    await backup();
    await store.append('acme', 'o-1', { from: 3 });
    await store.append('acme', 'o-2', { count: 2 });
    await store.handled('external-publisher', ['acme', 'o-1'], 3);
    await store.owner.query(`insert into event_store.idempotency_keys values ('acme', 'before', 'h', 202, '{}')`);
    const [moment, wanted] = [await store.now(), await store.events()];
    await store.append('acme', 'o-1', { from: 4, count: 2 });
    await store.append('beta', 'o-7');
    await store.owner.query(`insert into event_store.idempotency_keys values ('acme', 'after', 'h', 202, '{}')`);
    await store.handled('external-publisher', ['acme', 'o-1'], 5);
    await store.handled('external-publisher', ['beta', 'o-7'], 1);
    await store.owner.query(`update saga.instances set state = '{"step":9}', updated_at = clock_timestamp()`);
    await backup(true);

    const { target, report } = await restoredTo(moment);
    expect(await target.events()).toEqual(wanted);
    expect(report).toMatchObject({ events: 5, stateIsNewer: false, until: moment });
    expect(await target.rowsOf('saga.instances')).toMatchObject([{ state: { step: 1 } }]);
    expect(await versionsOf(target, 'external-publisher')).toEqual(['o-1:3']);
    expect(await target.rowsOf('event_store.idempotency_keys')).toMatchObject([{ idempotency_key: 'before' }]);
    expect(await target.rowsOf('backup.restores')).toMatchObject([{ tenant_id: '*', events: 5, recovered_at: null }]);
  });

  test('ACC-75 without a backup before it: what sagas did later is taken back or shown, never kept in silence', async () => {
    await store.append('acme', 'o-1', { count: 2 });
    await store.runSaga('acme', 'untouched', 'pending');
    await store.runSaga('acme', 'moved');
    const moment = await store.now();
    await store.append('acme', 'o-1', { from: 3 });
    await store.runSaga('acme', 'later');
    await store.owner.query(`update saga.instances set updated_at = clock_timestamp() where instance_id = 'moved'`);
    await store.owner.query(
      `update saga.commands set status = 'done', settled_at = clock_timestamp() where instance_id = 'untouched'`,
    );
    await backup();
    const { target, report } = await restoredTo(moment);
    expect(report).toMatchObject({ events: 2, stateIsNewer: true });
    const { rows } = await target.owner.query(
      'select instance_id, i.status, c.status as command from saga.instances i join saga.commands c using (saga, tenant_id, instance_id) order by 1',
    );
    expect(rows).toEqual([
      { instance_id: 'moved', status: 'failed', command: 'done' },
      { instance_id: 'untouched', status: 'running', command: 'pending' },
    ]);
  });

  test('ACC-75 the events of one command are never torn apart, and a stream never gets a gap', async () => {
    await store.append('acme', 'o-1', { count: 3 });
    await store.owner.transaction(async (sql) => {
      await sql.query('alter table event_store.events_default disable trigger events_append_only');
      // The clock went back between two commands; and a moment lies within the second one.
      await sql.query(`update event_store.events_default set created_at = '2026-01-01 00:00:01+00'`);
      await sql.query('alter table event_store.events_default enable trigger events_append_only');
    });
    const insert = (version: number, created: string, cause: string) =>
      `('acme', 'order', 'o-1', ${version}, uuidv7(), 'OrderConfirmed', 1, '{}', 'c', '${cause}', 't', now(), '${created}')`;
    await store.owner.query(
      `insert into event_store.events (tenant_id, aggregate_type, aggregate_id, sequence_number, event_id, event_type, event_version, payload, correlation_id, causation_id, traceparent, occurred_at, created_at)
       values ${insert(4, '2026-01-01 00:00:02+00', 'one')}, ${insert(5, '2026-01-01 00:00:04+00', 'one')}`,
    );
    await store.owner.query(
      `insert into event_store.events (tenant_id, aggregate_type, aggregate_id, sequence_number, event_id, event_type, event_version, payload, correlation_id, causation_id, traceparent, occurred_at, created_at)
       values ${insert(6, '2026-01-01 00:00:01+00', 'two')}`,
    );
    await backup();
    const { target } = await restoredTo('2026-01-01T00:00:03Z');
    expect(await target.events()).toHaveLength(3);
  });

  test('ACC-75 a moment that no backup reaches is refused', async () => {
    await store.append('acme', 'o-1');
    await backup();
    await expect(planFor({ until: '2999-01-01T00:00:00Z' })).rejects.toMatchObject({ code: 'RESTORE_REFUSED' });
  });
});

describe('restore of one tenant', () => {
  const others = async () => ({
    events: await store.rowsOf('event_store.events', { where: `tenant_id <> 'acme'` }),
    positions: await store.rowsOf('consumer.positions'),
    versions: await store.rowsOf('consumer.aggregate_versions', { where: `tenant_id <> 'acme'` }),
    sagas: await store.rowsOf('saga.instances', { where: `tenant_id <> 'acme'` }),
    outbox: await store.rowsOf('outbox.outbox_messages'),
  });

  beforeEach(async () => {
    for (const tenant of ['acme', 'beta']) {
      await store.append(tenant, 'o-1', { count: 3 });
      await store.append(tenant, 'o-2', { count: 2 });
      await store.runSaga(tenant, 'o-1');
      await store.handled('external-publisher', [tenant, 'o-1'], 3);
    }
  });

  test.each([
    ['all of it', 'true'],
    ['the end of a stream', `aggregate_id = 'o-1' and sequence_number > 1`],
    ['the middle of a stream', `aggregate_id = 'o-1' and sequence_number = 2`],
  ])('ACC-78 T-61 wiped: %s. Others stay as they are, also in the middle of work', async (_, lost) => {
    const acme = await store.events(`tenant_id = 'acme'`);
    await backup();
    await store.append('beta', 'o-1', { from: 4 });
    const before = await others();
    await store.lose(`tenant_id = 'acme' and ${lost}`);
    if (lost === 'true')
      await store.owner.query(
        `delete from saga.instances where tenant_id = 'acme'; delete from consumer.aggregate_versions where tenant_id = 'acme'`,
      );
    await restoreTenant(store.owner, await planFor({ tenant: 'acme' }), { tenant: 'acme', effectGroups: groups });
    const sorted = (rows: unknown[]) => rows.map((row) => JSON.stringify(row)).sort();
    expect(sorted(await store.events(`tenant_id = 'acme'`))).toEqual(sorted(acme));
    expect(await others()).toEqual(before);
    expect(await versionsOf(store, 'external-publisher')).toEqual(expect.arrayContaining(['o-1:3', 'o-1:3']));
    expect(await store.rowsOf('saga.commands', { where: `tenant_id = 'acme'` })).toMatchObject([{ status: 'done' }]);
    expect(await store.rowsOf('event_store.epoch')).toMatchObject([{ epoch: 2 }]);
  });

  test('T-17 T-61 ledgers end where the events end: the next event bears the number of a lost one', async () => {
    await backup();
    await store.append('acme', 'o-1', { from: 4, count: 2 });
    await store.handled('external-publisher', ['acme', 'o-1'], 5);
    await store.lose(`tenant_id = 'acme'`);
    await restoreTenant(store.owner, await planFor({ tenant: 'acme' }), { tenant: 'acme', effectGroups: groups });
    expect((await versionsOf(store, 'external-publisher')).sort()).toEqual(['o-1:3', 'o-1:3']);
  });

  test('T-61 a tenant that has gone on under the same numbers is refused, and so is a gap', async () => {
    await backup();
    await store.lose(`tenant_id = 'acme'`);
    await store.append('acme', 'o-1');
    const plan = await planFor({ tenant: 'acme' });
    const before = await store.events();
    const restore = () => restoreTenant(store.owner, plan, { tenant: 'acme', effectGroups: groups });
    await expect(restore()).rejects.toThrow('version 1 of order o-1 is another event now');
    expect(await store.events()).toEqual(before);
    await store.lose(`tenant_id = 'acme'`);
    await store.append('acme', 'o-3', { from: 2 });
    await expect(restore()).rejects.toThrow('order o-3 would have 1 of 2 events');
  });
});
