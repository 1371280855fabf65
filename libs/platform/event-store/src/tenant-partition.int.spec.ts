import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { StreamId } from '@millrace/core';
import { type Database, openDatabase } from '@millrace/postgres';
import { createTestDatabase, type TestDatabase, type TestRole } from '@millrace/testing';

import { appendTo, counterEvents, COUNTERS_TOPIC, encodeJson, increments, newStream } from './event-store.fixture.ts';
import { PostgresEventStore } from './postgres-event-store.ts';
import { givePartition } from './tenant-partition.ts';

const APPEND_ONLY = '23001';
const PERMISSION_DENIED = '42501';

describe('a partition of its own', () => {
  let created: TestDatabase;
  let owner: Database;
  let database: Database;
  let store: PostgresEventStore;
  const streams: StreamId[] = ['acme', 'acme', 'rival'].map((tenant) => newStream(tenant));
  const [ofAcme, , ofRival] = streams as [StreamId, StreamId, StreamId];
  beforeAll(async () => {
    created = await createTestDatabase([COUNTERS_TOPIC]);
    owner = openDatabase({ url: created.url });
    database = openDatabase({ url: created.roleUrls.command });
    store = new PostgresEventStore({ database, catalogue: counterEvents.old, encode: encodeJson });
    for (const stream of streams) await store.append(appendTo(stream, { events: increments(3) }));
  });
  afterAll(async () => {
    await Promise.all([owner.close(), database.close()]);
    await created.drop();
  });

  const everything = async () =>
    (await owner.query('select * from event_store.events order by tenant_id, aggregate_id, sequence_number')).rows;
  const places = async (table = 'event_store.events') =>
    (
      await owner.query(
        `select tenant_id, tableoid::regclass::text as place, count(*) from ${table} group by 1, 2 order by 1, 2`,
      )
    ).rows;
  const role = async <T>(name: TestRole, work: (database: Database) => Promise<T>): Promise<T> => {
    const connection = openDatabase({ url: created.roleUrls[name] });
    return work(connection).finally(() => connection.close());
  };

  it('ACC-8 T-3 T-12 takes the events of the tenant as they are, and leaves those of others', async () => {
    const before = await everything();
    const cursor = (await store.readAll({ limit: 4 })).cursor;
    const rest = await store.readAll({ after: cursor, limit: 100 });
    expect(await givePartition(owner, 'acme')).toEqual({ partition: 'event_store.tenant_acme', moved: 6 });
    expect(await everything()).toEqual(before);
    expect(await store.readAll({ after: cursor, limit: 100 })).toEqual(rest);
    expect(await places()).toEqual([
      { tenant_id: 'acme', place: 'event_store.tenant_acme', count: 6 },
      { tenant_id: 'rival', place: 'event_store.events_default', count: 3 },
    ]);
  });

  it('ACC-8 may be asked for again', async () => {
    const before = await everything();
    expect(await givePartition(owner, 'acme')).toEqual({ partition: 'event_store.tenant_acme', moved: 0 });
    expect(await everything()).toEqual(before);
  });

  it('ACC-8 T-3 appends go on there: same versions, one order of the whole store, same refusals', async () => {
    const append = appendTo(ofAcme, { expectedVersion: 3, events: increments(1) });
    expect(await store.append(append)).toBe(4);
    await expect(store.append(append)).rejects.toMatchObject({ code: 'VERSION_CONFLICT' });
    const known = { ...append, stream: newStream('acme'), expectedVersion: 0 };
    await expect(store.append(known)).rejects.toMatchObject({ code: 'DUPLICATE_EVENT' });
    const racers = Array.from({ length: 4 }, () =>
      store.append(appendTo(ofAcme, { expectedVersion: 4, events: increments(1) })),
    );
    const won = (await Promise.allSettled(racers)).filter(({ status }) => status === 'fulfilled');
    expect(won).toHaveLength(1);
    expect(await places()).toMatchObject([{ tenant_id: 'acme', count: 8 }, { tenant_id: 'rival' }]);
    const { rows } = await owner.query(
      `select count(distinct global_position) as positions, count(*) as events from event_store.events`,
    );
    expect(rows).toEqual([{ positions: 11, events: 11 }]);
  });

  it('SHR-6 ACC-8 nobody changes, removes or truncates what lies there, the owner included', async () => {
    for (const table of ['event_store.events', 'event_store.tenant_acme']) {
      for (const change of [`update ${table} set user_id = 'x'`, `delete from ${table}`, `truncate ${table}`]) {
        await expect(owner.query(change)).rejects.toMatchObject({ code: APPEND_ONLY });
      }
    }
    await expect(owner.query('delete from event_store.events_default')).rejects.toMatchObject({ code: APPEND_ONLY });
  });

  it.each(['command', 'projector', 'query', 'backup'] as const)('ACC-8 the role %s has the rights it had', (name) =>
    role(name, async (connection) => {
      const { rows } = await connection.query(`select count(*) from event_store.events where tenant_id = 'acme'`);
      expect(rows).toEqual([{ count: 8 }]);
      for (const refused of [
        `delete from event_store.events where tenant_id = 'acme'`,
        `select event_store.give_partition('rival')`,
      ]) {
        await expect(connection.query(refused)).rejects.toMatchObject({ code: PERMISSION_DENIED });
      }
    }),
  );

  it('ACC-8 has a name of its own for every tenant, however long or odd', async () => {
    const long = 't'.repeat(63);
    const { partition } = await givePartition(owner, long);
    expect(partition).toMatch(/^event_store\.tenant_[0-9a-f]{32}$/);
    expect(await givePartition(owner, long)).toEqual({ partition, moved: 0 });
    expect(await givePartition(owner, `o'hara"`)).toEqual({ partition: `event_store."tenant_o'hara"""`, moved: 0 });
    expect(await givePartition(owner, 'default')).toEqual({ partition: 'event_store.tenant_default', moved: 0 });
  });

  it('ACC-8 gives up while a long reader is in the way, and has changed nothing', async () => {
    const other = openDatabase({ url: created.url });
    try {
      await other.transaction(async (reader) => {
        await reader.query('select count(*) from event_store.events');
        await expect(givePartition(owner, 'rival')).rejects.toMatchObject({ code: '55P03' });
      });
    } finally {
      await other.close();
    }
    expect(await places('event_store.events_default')).toEqual([
      { tenant_id: 'rival', place: 'event_store.events_default', count: 3 },
    ]);
  });

  it('ACC-8 detached, it takes this tenant away and nobody else', async () => {
    await owner.query('alter table event_store.events detach partition event_store.tenant_acme');
    expect(await store.load(ofAcme)).toEqual([]);
    expect(await store.load(ofRival)).toHaveLength(3);
    expect(await store.append(appendTo(ofRival, { expectedVersion: 3, events: increments(1) }))).toBe(4);
    expect(await places('event_store.tenant_acme')).toMatchObject([{ tenant_id: 'acme', count: 8 }]);
  });
});
