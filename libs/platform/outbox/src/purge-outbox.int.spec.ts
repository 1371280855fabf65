import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Database, openDatabase } from '@millrace/postgres';
import { createTestDatabase, type TestDatabase } from '@millrace/testing';

import { insertOutboxRows, outboxRow, purgeOutbox, type PurgeOutcome } from './index.ts';
import { announcedEvent, publication } from './outbox.fixture.ts';

let created: TestDatabase;
let owner: Database;
let slotName: string;
beforeEach(async () => {
  created = await createTestDatabase();
  owner = openDatabase({ url: created.url });
  slotName = await createSlot();
});
afterEach(async () => {
  await dropSlots();
  await owner.close();
  await created.drop();
});

async function createSlot(): Promise<string> {
  const name = `purge_${randomBytes(4).toString('hex')}`;
  await owner.query(`select pg_create_logical_replication_slot($1, 'pgoutput')`, [name]);
  return name;
}

const dropSlots = () =>
  owner.query(
    'select pg_drop_replication_slot(slot_name) from pg_replication_slots where database = current_database()',
  );

const purge = (slotTimeoutMs = 10_000) => purgeOutbox(owner, { retentionHours: 24, slotName, slotTimeoutMs });

/** Purges while a relay goes on confirming what it has read. */
async function purgeBesideRelay(): Promise<PurgeOutcome> {
  let done = false;
  const purging = purge().finally(() => (done = true));
  purging.catch(() => undefined);
  while (!done) {
    await owner.query('select pg_replication_slot_advance($1, pg_current_wal_insert_lsn())', [slotName]);
    await delay(20);
  }
  return purging;
}

/** Stores an event with its outbox row, both dated `hours` back, in an hourly partition or in the default one. */
async function announce(hours: number, partition: 'hourly' | 'default'): Promise<void> {
  if (partition === 'hourly')
    await owner.query(`select outbox.make_partitions(now() - make_interval(hours => $1), 1)`, [hours]);
  const event = announcedEvent();
  await owner.transaction(async (transaction) => {
    await transaction.query(
      `alter table outbox.outbox_messages alter created_at set default now() - interval '${hours} hours'`,
    );
    await insertOutboxRows(transaction, [outboxRow(event, publication())]);
    await transaction.query('alter table outbox.outbox_messages alter created_at set default now()');
    await transaction.query(
      `insert into event_store.events (tenant_id, aggregate_type, aggregate_id, sequence_number, event_id, event_type, event_version, payload, correlation_id, traceparent, occurred_at)
       values ('acme', 'order', $1, 1, $2, 'OrderCreated', 2, '{}', 'correlation', 'trace', now() - make_interval(hours => $3))`,
      [event.aggregateId, event.eventId, hours],
    );
  });
}

const count = async (table: string) =>
  Number((await owner.query<{ rows: number }>(`select count(*) as rows from ${table}`)).rows[0]?.rows);

describe('purgeOutbox', () => {
  it('SHR-15 ORD-5 removes rows of 25 hours ago, keeps younger ones and every event', async () => {
    await announce(26, 'hourly');
    await announce(25, 'default');
    await announce(23, 'hourly');
    await announce(22, 'default');

    expect(await purgeBesideRelay()).toEqual({
      outcome: 'purged',
      deletedRows: 1,
      droppedPartitions: [expect.stringMatching(/^outbox_messages_\d{8}_\d\d$/)],
    });
    expect(await count('outbox.outbox_messages')).toBe(2);
    expect(await count('event_store.events')).toBe(4);
  });

  it('SHR-15 T-33 sends nothing through the slot', async () => {
    await announce(26, 'hourly');
    await announce(25, 'default');
    const witness = await createSlot();
    expect(await purgeBesideRelay()).toMatchObject({ outcome: 'purged', deletedRows: 1 });

    const { rows } = await owner.query(
      `select count(*) as changes from pg_logical_slot_peek_binary_changes($1, null, null, 'proto_version', '1', 'publication_names', 'millrace')
        where get_byte(data, 0) not in (ascii('B'), ascii('C'))`,
      [witness],
    );
    expect(rows).toEqual([{ changes: 0 }]);
  });

  it('makes the partitions of the next two days, and has nothing to do without old rows', async () => {
    expect(await purge(0)).toEqual({ outcome: 'purged', droppedPartitions: [], deletedRows: 0 });
    const { rows } = await owner.query(
      `select max(upper_bound) > now() + interval '47 hours' as ahead from outbox.hourly_partitions()`,
    );
    expect(rows).toEqual([{ ahead: true }]);
  });

  it('SHR-15 keeps everything while the slot is behind', async () => {
    await announce(26, 'hourly');
    expect(await purge(200)).toEqual({ outcome: 'kept', reason: 'slot-behind' });
    expect(await count('outbox.outbox_messages')).toBe(1);
  });

  it('SHR-15 keeps everything while the slot is missing', async () => {
    await announce(26, 'hourly');
    await dropSlots();
    expect(await purge()).toEqual({ outcome: 'kept', reason: 'slot-missing' });
    expect(await count('outbox.outbox_messages')).toBe(1);
  });

  it('SHR-15 T-33 keeps everything once the slot is lost', async () => {
    await announce(26, 'hourly');
    await owner.query('create schema lost');
    await owner.query(
      `create view lost.pg_replication_slots as select slot_name, database, 'lost' as wal_status, 'wal_removed' as invalidation_reason, confirmed_flush_lsn
         from pg_catalog.pg_replication_slots`,
    );
    const url = new URL(created.url);
    await owner.query(`alter database ${url.pathname.slice(1)} set search_path = lost, pg_catalog`);
    const database = openDatabase({ url: created.url });
    try {
      expect(await purgeOutbox(database, { retentionHours: 24, slotName })).toEqual({
        outcome: 'kept',
        reason: 'slot-lost',
      });
    } finally {
      await database.close();
    }
  });

  it('leaves a partition that a long reader holds to the next purge', async () => {
    await announce(26, 'hourly');
    await owner.transaction(async (reader) => {
      await reader.query('select count(*) from outbox.outbox_messages');
      await expect(purgeBesideRelay()).rejects.toMatchObject({ code: '55P03' });
    });
    expect(await purgeBesideRelay()).toMatchObject({ outcome: 'purged', droppedPartitions: [expect.any(String)] });
  });
});
