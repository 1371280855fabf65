import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { listTopics } from '@millrace/kafka';
import { deleteTopic } from '@millrace/kafka/testing';
import { findMissing, readHold, readSlot, republishEvents } from '@millrace/relay';
import { createTestDatabase, eventually, testServices } from '@millrace/testing';

import { catalogue, encoder, FaultyRelay, logger, streams, TOPIC } from './faulty-relay.fixture.ts';

let relay: FaultyRelay;
beforeAll(async () => {
  const created = await createTestDatabase([TOPIC]);
  relay = new FaultyRelay({ services: testServices(), created, eventually });
  await relay.open();
});
afterAll(() => relay.close());

/** Goes on checking until the aggregate has come through, in order and whole. */
const healed = (aggregateId: string, versions: readonly string[]) =>
  relay.checkUntil(
    async (report) => streams(report) && (await relay.firstVersions(aggregateId)).join() === versions.join(),
  );

const missing = () =>
  findMissing({
    database: relay.database,
    address: relay.address,
    logger,
    topic: TOPIC,
    definitions: catalogue.definitions,
  });

/** Versions 1 to 5, of which the slot is moved past 3 and 4. */
async function advanceSlot(aggregateId: string): Promise<void> {
  await relay.append(aggregateId, 2);
  await healed(aggregateId, ['1', '2']);
  // Without stored offsets Debezium would read everything again.
  await eventually(() => relay.connect.storedLsn(), { timeoutMs: 60_000, intervalMs: 500 });
  await relay.stop();
  await relay.append(aggregateId, 2);
  await relay.database.query(`select pg_replication_slot_advance('millrace', pg_current_wal_lsn())`);
  await relay.connect.resume();
  await relay.append(aggregateId, 1);
  await relay.checkUntil(async (report) => streams(report) && (await relay.firstVersions(aggregateId)).includes('5'));
}

/** Runs `work` with the constraint gone, as a superuser might force a row past it. */
async function withoutConstraint(constraint: string, work: () => Promise<unknown>): Promise<void> {
  const { rows } = await relay.database.query<{ definition: string }>(
    `select pg_get_constraintdef(oid) as definition from pg_constraint where conrelid = 'outbox.outbox_messages'::regclass and conname = $1`,
    [constraint],
  );
  await relay.database.query(`alter table outbox.outbox_messages drop constraint ${constraint}`);
  await work();
  const valid = String(rows[0]?.definition).replace(' NOT VALID', '');
  await relay.database.query(`alter table outbox.outbox_messages add constraint ${constraint} ${valid} not valid`);
}

/** A copy of the newest row under another key, bent. */
const forceRow = (key: string, change: string) =>
  relay.database.query(
    `insert into outbox.outbox_messages overriding user value
     select (jsonb_populate_record(row, jsonb_build_object('id', uuidv7(), 'key', $1::text) || ${change})).* from outbox.outbox_messages row order by seq desc limit 1`,
    [key],
  );

describe('the relay heals', () => {
  test('SHR-14 a first start is no failure: registered, waited for, streaming, and no other cause on the way', async () => {
    await relay.append('first', 3);
    const { causes, actions } = await healed('first', ['1', '2', '3']);
    expect({ causes, actions }).toEqual({ causes: ['connector_absent'], actions: ['registered'] });
  });

  test('SHR-18 T-34 a slot that was dropped while the connector was stopped is made anew, and everything comes', async () => {
    await relay.append('dropped', 2);
    await healed('dropped', ['1', '2']);
    await relay.stop();
    await relay.append('dropped', 2);
    await relay.database.query(`select pg_drop_replication_slot('millrace')`);
    await relay.append('dropped', 1);
    await relay.connect.resume();
    await healed('dropped', ['1', '2', '3', '4', '5']);
  });

  test('SHR-18 T-35 Connect has lost its offsets', async () => {
    await relay.append('forgotten', 2);
    await relay.stop();
    await relay.connect.forgetOffsets();
    await relay.append('forgotten', 1);
    await relay.connect.resume();
    await healed('forgotten', ['1', '2', '3']);
  });

  test('SHR-18 T-33 slot advanced by hand: nobody says a word, the topic lacks rows, and sending them again makes it whole', async () => {
    let round = 0;
    // Postgres notes its running transactions every 15 s. When it has done so meanwhile, Debezium sees that the slot lies beyond
    // its offsets, reads the outbox again, and nothing is missing: then once more.
    do await advanceSlot(`advanced-${(round += 1)}`);
    while ((await missing()).events.length === 0);
    const { events } = await missing();
    expect(events.map(({ aggregateId, sequenceNumber }) => [aggregateId, sequenceNumber])).toEqual([
      [`advanced-${round}`, 3],
      [`advanced-${round}`, 4],
    ]);
    expect(await republishEvents(relay.database, encoder, events)).toEqual({ published: { [TOPIC]: 2 }, refused: [] });
    expect(await missing()).toMatchObject({ events: [] });
  });

  test('SHR-18 T-33 slot advanced by hand before our eyes: it is made anew, and everything comes in order', async () => {
    await relay.append('seen', 2);
    await healed('seen', ['1', '2']);
    await relay.stop();
    await relay.keeper.check();
    await relay.append('seen', 2);
    await relay.database.query(`select pg_replication_slot_advance('millrace', pg_current_wal_lsn())`);
    await relay.append('seen', 1);
    expect(await relay.keeper.check()).toMatchObject({
      problem: { cause: 'slot_advanced' },
      repair: { action: 'slot-replaced' },
    });
    await relay.connect.resume();
    await healed('seen', ['1', '2', '3', '4', '5']);
  });

  test('SHR-18 SHR-14 the outbox was taken out of the publication: put back, and everything comes in order', async () => {
    await relay.append('unpublished', 2);
    await healed('unpublished', ['1', '2']);
    await relay.database.query('alter publication millrace drop table outbox.outbox_messages');
    await relay.append('unpublished', 2);
    const { causes, actions } = await relay.checkUntil(({ repair }) => repair?.action === 'slot-replaced');
    expect({ causes, actions }).toEqual({ causes: ['publication_drift'], actions: ['slot-replaced'] });
    await relay.append('unpublished', 1);
    await healed('unpublished', ['1', '2', '3', '4', '5']);
  });

  test('SHR-14 SHR-18 a task that has failed is restarted, until it runs again', async () => {
    const { database, connect } = relay;
    await relay.append('failed', 1);
    await healed('failed', ['1']);
    await database.query('alter role millrace_cdc nologin');
    try {
      await database.query(`select pg_terminate_backend(pid) from pg_stat_activity where usename = 'millrace_cdc'`);
      await connect.restart();
      await eventually(async () => (await connect.state()).task === 'FAILED', { timeoutMs: 60_000, intervalMs: 250 });
      await relay.append('failed', 1);
      const { causes } = await relay.checkUntil(({ repair }) => repair?.action === 'restarted');
      expect(causes).toEqual(['connector_failed']);
    } finally {
      await database.query('alter role millrace_cdc login');
    }
    await healed('failed', ['1', '2']);
  });

  test('SHR-18 a row for a topic that does not exist is named, put aside, and everything else comes', async () => {
    await relay.append('before', 1);
    await withoutConstraint('outbox_messages_topic_exists', () => forceRow('lost', `'{"topic": "nowhere.v1"}'`));
    await relay.append('behind', 2);
    const { causes, actions, reports, detectedMs } = await healed('behind', ['1', '2']);
    expect(causes).toEqual(['poison_row']);
    expect(detectedMs).toBeLessThan(60_000);
    expect(actions[0]).toBe('quarantined');
    expect(reports.find(({ problem }) => problem)?.problem?.detail).toMatch(
      /outbox row \d+ .* there is no topic nowhere.v1/,
    );
    expect((await relay.database.query('select topic, reason from outbox.quarantine')).rows).toEqual([
      { topic: 'nowhere.v1', reason: 'there is no topic nowhere.v1' },
    ]);
  });

  test('SHR-18 a row that is too large is named, put aside, and everything else comes', async () => {
    await withoutConstraint('outbox_messages_payload_size', () =>
      forceRow('large', `jsonb_build_object('payload', '\\x' || repeat('00', 2000000))`),
    );
    await relay.append('behind-large', 2);
    const { causes, detectedMs } = await healed('behind-large', ['1', '2']);
    expect(causes).toEqual(['poison_row']);
    expect(detectedMs).toBeLessThan(60_000);
  });

  test('SHR-18 a topic that was deleted is made again, and what it had is sent again', async () => {
    await relay.append('deleted', 2);
    await healed('deleted', ['1', '2']);
    await deleteTopic(relay.address.brokers, TOPIC);
    await eventually(async () => !(await listTopics(relay.address)).includes(TOPIC));
    await relay.append('deleted', 1);
    const { causes, actions } = await relay.checkUntil(
      async (report) => streams(report) && (await relay.firstVersions('deleted')).includes('3'),
    );
    expect({ causes, actions }).toEqual({ causes: ['topic_missing'], actions: ['topics-created'] });
    const { events } = await missing();
    await republishEvents(relay.database, encoder, events);
    expect(await missing()).toMatchObject({ events: [] });
  });

  test('SHR-18 T-35 an older database than the one that was streamed is held back until Connect has forgotten', async () => {
    await relay.append('older', 1);
    await healed('older', ['1']);
    await relay.stop();
    const { offsets } = (await (await relay.rest('GET', '/offsets')).json()) as {
      offsets: { offset: Record<string, number> }[];
    };
    for (const { offset } of offsets) {
      for (const place of ['lsn', 'lsn_proc', 'lsn_commit']) offset[place] = (offset[place] ?? 0) + 2 ** 32;
    }
    await relay.rest('PATCH', '/offsets', { offsets });
    await relay.append('older', 1);
    await relay.connect.resume();
    const { causes } = await relay.checkUntil(
      async ({ connector }) => connector !== 'unreachable' && connector.connector === 'STOPPED',
    );
    expect(causes).toEqual(['store_went_back']);
    expect((await relay.keeper.check()).problem?.detail).toContain('npx millrace recover');
    expect(await relay.firstVersions('older')).toEqual(['1']);

    await relay.connect.forgetOffsets();
    await relay.checkUntil(async () => (await readHold(relay.database)) === undefined);
    await relay.connect.resume();
    await healed('older', ['1', '2']);
    expect((await readSlot(relay.database)).exists).toBe(true);
  });

  test('SHR-18 T-33 an older database that has written more than was streamed is known by an event that it never had', async () => {
    const { database, connect, keeper } = relay;
    await relay.append('vanished', 1);
    await healed('vanished', ['1']);
    await keeper.check();
    await database.transaction(async (transaction) => {
      await transaction.query('set local session_replication_role = replica');
      await transaction.query(`delete from event_store.events where aggregate_id = 'vanished'`);
      await transaction.query(`delete from outbox.outbox_messages where key = 'vanished'`);
    });
    const { causes } = await relay.checkUntil(
      async ({ connector }) => connector !== 'unreachable' && connector.connector === 'STOPPED',
    );
    expect(causes).toEqual(['store_went_back']);
    expect((await readHold(database))?.detail).toContain('version 1 of counter vanished, was the newest');

    await eventually(() => connect.forgetOffsets().then(() => true), { timeoutMs: 60_000 });
    await relay.checkUntil(async () => (await readHold(database)) === undefined);
    await connect.resume();
    await relay.append('after-vanished', 1);
    await healed('after-vanished', ['1']);
  });

  test('SHR-18 ACC-77 a backup that was put back is held back until it is recovered, also when Connect knows nothing', async () => {
    const { database, connect, keeper } = relay;
    await relay.append('restored', 1);
    await healed('restored', ['1']);
    await database.query(
      `insert into backup.restores (backup_id, tenant_id, state_taken_at, events) values ('b', '*', now(), 1)`,
    );
    const { causes } = await relay.checkUntil(
      async ({ connector }) => connector !== 'unreachable' && connector.connector === 'STOPPED',
    );
    expect(causes).toEqual(['store_went_back']);
    await eventually(() => connect.forgetOffsets().then(() => true), { timeoutMs: 60_000 });
    expect((await keeper.check()).repair).toBeUndefined();
    expect(await readHold(database)).toMatchObject({ cause: 'store_went_back' });

    await database.query('update backup.restores set recovered_at = now()');
    await relay.checkUntil(async () => (await readHold(database)) === undefined);
    await connect.resume();
    await healed('restored', ['1']);
  });
});
